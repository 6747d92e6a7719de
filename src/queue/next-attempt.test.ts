import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant, plusMs } from "../core/instant.ts";
import { DEFAULT_LIFETIME_MS, DEFAULT_SCHEDULE, delayWarningDue, nextAttempt } from "./next-attempt.ts";

const NOW = instant(Date.UTC(2026, 10, 24));
const MINUTE = 60_000;
const FAR = plusMs(NOW, DEFAULT_LIFETIME_MS);

test("waits grow from 15 minutes to 4 hours and stay there", () => {
  const table: [attempts: number, minutes: number][] = [
    [0, 15],
    [1, 30],
    [2, 60],
    [3, 240],
    [4, 240],
    [29, 240],
  ];
  for (const [attempts, minutes] of table) {
    const at = nextAttempt(DEFAULT_SCHEDULE, { attempts, expiresAt: FAR }, NOW, 0.5);
    assert.equal(at, NOW + minutes * MINUTE, `after attempt ${attempts + 1}`);
  }
});

test("the random number moves a wait by at most a tenth to either side", () => {
  const row = { attempts: 0, expiresAt: FAR };
  assert.equal(nextAttempt(DEFAULT_SCHEDULE, row, NOW, 0), NOW + 13.5 * MINUTE);
  assert.equal(nextAttempt(DEFAULT_SCHEDULE, row, NOW, 1), NOW + 16.5 * MINUTE);
});

test("a wait that the peer asked for replaces the schedule's", () => {
  const at = nextAttempt(DEFAULT_SCHEDULE, { attempts: 7, expiresAt: FAR, retryAfterMs: MINUTE }, NOW, 0.5);
  assert.equal(at, NOW + MINUTE);
});

test("the last attempt falls on the end of the message's life and none comes after it", () => {
  const expiresAt = plusMs(NOW, 5 * MINUTE);
  assert.equal(nextAttempt(DEFAULT_SCHEDULE, { attempts: 9, expiresAt }, NOW, 0.5), expiresAt);
  assert.equal(nextAttempt(DEFAULT_SCHEDULE, { attempts: 9, expiresAt }, expiresAt, 0.5), undefined);
});

test("every next attempt lies after now and not after the end", () => {
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.integer({ min: 1, max: 1e10 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, life, random) => {
        const expiresAt = plusMs(NOW, life);
        const at = nextAttempt(DEFAULT_SCHEDULE, { attempts, expiresAt }, NOW, random);
        assert.ok(at !== undefined && at > NOW && at <= expiresAt);
      },
    ),
  );
});

test("a delay warning is due after four hours, once, and only where NOTIFY allows it", () => {
  const old = plusMs(NOW, -240 * MINUTE);
  const young = plusMs(NOW, -240 * MINUTE + 1);
  assert.equal(delayWarningDue(DEFAULT_SCHEDULE, { acceptedAt: old, delayWarned: false }, NOW), true);
  assert.equal(delayWarningDue(DEFAULT_SCHEDULE, { acceptedAt: young, delayWarned: false }, NOW), false);
  assert.equal(delayWarningDue(DEFAULT_SCHEDULE, { acceptedAt: old, delayWarned: true }, NOW), false);
  const table = [
    [["DELAY"], true],
    [["FAILURE", "DELAY"], true],
    [["FAILURE"], false],
    [["SUCCESS"], false],
    [["NEVER"], false],
  ] as const;
  for (const [notify, due] of table) {
    assert.equal(
      delayWarningDue(DEFAULT_SCHEDULE, { acceptedAt: old, delayWarned: false, notify: [...notify] }, NOW),
      due,
      notify.join(),
    );
  }
});
