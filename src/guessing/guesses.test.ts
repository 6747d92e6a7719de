import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Instant, instant, plusMs } from "../core/instant.ts";
import { afterWrongPassword, delayMs, isBlocked, MAX_GUESSES, NO_GUESSES, stillCounting } from "./guesses.ts";

const NOON = instant(Date.UTC(2026, 10, 24, 12));
const MINUTE = 60_000;
const DAY = 86_400_000;

/** What `count` different wrong passwords at one moment make. */
function tried(count: number, now: Instant = NOON, before = NO_GUESSES) {
  return Array.from({ length: count }).reduce<typeof before>(
    (guesses, _, index) => afterWrongPassword(guesses, now + index, now),
    before,
  );
}

describe("wrong passwords", () => {
  it("delay the next attempt after the third, and no more than four seconds", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 7, 19].map((count) => delayMs(tried(count)));
    assert.deepEqual(delays, [0, 0, 0, 0, 1000, 2000, 4000, 4000, 4000]);
  });

  it("bring a block of fifteen minutes at the twentieth, and not before", () => {
    assert.equal(isBlocked(tried(MAX_GUESSES - 1), NOON), false);
    const blocked = tried(MAX_GUESSES);
    assert.equal(isBlocked(blocked, plusMs(NOON, 15 * MINUTE - 1)), true);
    assert.equal(isBlocked(blocked, plusMs(NOON, 15 * MINUTE)), false);
  });

  it("bring blocks twice as long each time, up to a day", () => {
    let [guesses, now] = [NO_GUESSES, NOON];
    const minutes: number[] = [];
    for (let round = 1; round <= 9; round += 1) {
      guesses = tried(MAX_GUESSES, now, guesses);
      minutes.push((guesses.blockedUntil - now) / MINUTE);
      now = guesses.blockedUntil;
    }
    assert.deepEqual(minutes, [15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
  });

  it("count once each, however often they come, also after a block", () => {
    let guesses = NO_GUESSES;
    for (let i = 0; i < 10_000; i += 1) guesses = afterWrongPassword(guesses, i % 3, plusMs(NOON, i));
    assert.equal(guesses.count, 3);
    const blocked = tried(MAX_GUESSES);
    const later = afterWrongPassword(blocked, NOON + 1, plusMs(NOON, 20 * MINUTE));
    assert.equal(later.count, 0);
  });

  it("count each where they are not known", () => {
    let guesses = NO_GUESSES;
    for (let i = 0; i < MAX_GUESSES; i += 1) guesses = afterWrongPassword(guesses, undefined, NOON);
    assert.equal(isBlocked(guesses, NOON), true);
    assert.deepEqual(guesses.tried, []);
  });

  it("are forgotten a day after the last one and the end of the block", () => {
    const few = tried(5);
    assert.equal(stillCounting(few, plusMs(NOON, DAY - 1)), few);
    assert.equal(stillCounting(few, plusMs(NOON, DAY)), NO_GUESSES);
    const blocked = tried(MAX_GUESSES);
    assert.equal(stillCounting(blocked, plusMs(NOON, DAY)).round, 1);
    assert.equal(stillCounting(blocked, plusMs(NOON, DAY + 15 * MINUTE)), NO_GUESSES);
  });

  it("never take more than so many hashes, and never reach the bound without a block", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.nat(DAY))), (steps) => {
        let [guesses, now] = [NO_GUESSES, NOON];
        for (const [hash, ms] of steps) {
          now = plusMs(now, ms);
          guesses = afterWrongPassword(guesses, hash, now);
          assert.ok(guesses.tried.length <= MAX_GUESSES && guesses.count < MAX_GUESSES);
        }
      }),
    );
  });
});
