import assert from "node:assert/strict";
import { test } from "node:test";
import { manualTime } from "../adapters/memory/manual-time.ts";
import { type Domain, parseDomain } from "../core/domain.ts";
import type { DecisionId, MessageId, QueueId } from "../core/ids.ts";
import { plusMs } from "../core/instant.ts";
import type { Outcome } from "../core/outcome.ts";
import { ok } from "../core/result.ts";
import {
  type AcceptedMessage,
  type AttemptResult,
  type ClaimedMessage,
  StoreUnavailable,
} from "../ports/queue-store.ts";
import { attemptEnds } from "./end-attempts.ts";
import { DEFAULT_SCHEDULE } from "./next-attempt.ts";

const DELIVERED: Outcome = { kind: "delivered", status: "2.0.0", diagnostic: "250 ok" };
const FAILED: Outcome = { kind: "failed", status: "5.1.1", diagnostic: "550 who?" };

/** A store that does what the test says; `calls` is what reached it, in order. */
function world(store: { failures?: number; hold?: Promise<void> } = {}) {
  const time = manualTime();
  const calls: string[] = [];
  const removed: string[] = [];
  let failures = store.failures ?? 0;
  let id = 1000;
  const failOrNot = (): void => {
    failures -= 1;
    if (failures >= 0) throw new StoreUnavailable("busy");
  };
  const silent = () => {};
  const ends = attemptEnds({
    store: {
      accept: async ({ rows }: AcceptedMessage) => {
        calls.push(`accept ${rows.map(({ target }) => target).join()}`);
        failOrNot();
        return ok({ held: false });
      },
      finish: async (results: readonly AttemptResult[]) => {
        calls.push(`finish ${results.map(({ row, next }) => `${row} ${next}`).join(", ")}`);
        await store.hold;
        failOrNot();
        return { releasedBodies: results.map(({ row }) => `body-${row}`) };
      },
    },
    bodies: {
      read: async function* () {},
      remove: async (name) => {
        removed.push(name);
        if (name === "body-13") throw new Error("EIO");
      },
    },
    lane: "outbound",
    schedule: DEFAULT_SCHEDULE,
    clock: time.clock,
    timers: time.timers,
    random: () => 0.5,
    log: { info: silent, warn: silent, error: silent },
    onReport: (lanes) => void calls.push(`wake ${[...lanes].join()}`),
    hostname: parseDomain("mx.example.test") as Domain,
    resolve: async () => ({ kind: "remote" }),
    newId: {
      message: () => ++id as MessageId,
      queue: () => ++id as QueueId,
      decision: () => ++id as DecisionId,
    },
    lifetimeMs: 1000,
  });
  const message = (...rows: number[]): ClaimedMessage =>
    ({
      envelope: {
        id: 1,
        acceptedAt: time.clock(),
        expiresAt: plusMs(time.clock(), 1e9),
        sender: "alice@elsewhere.test",
        size: 10,
        smtpUtf8: false,
      },
      body: { kind: "inline", bytes: Buffer.from("Subject: x\r\n\r\n") },
      rows: rows.map((row) => ({
        id: row,
        recipient: `r${row}@remote.test`,
        attempts: 0,
        delayWarned: false,
      })),
    }) as unknown as ClaimedMessage;
  const end = (outcome: Outcome, ...rows: number[]) =>
    ends.end(
      message(...rows),
      rows.map((row) => ({ row: row as QueueId, outcome })),
    );
  return { ...ends, time, calls, removed, message, end };
}
const settled = () => new Promise(setImmediate);

test("attempts that end together, or while the store is at work, go to it in one call", async () => {
  const { promise: hold, resolve: open } = Promise.withResolvers<void>();
  const { end, calls } = world({ hold });
  const first = [end(DELIVERED, 1), end(DELIVERED, 2)];
  await settled();
  const later = [end(DELIVERED, 3), end(DELIVERED, 4, 5)];
  await settled();
  assert.deepEqual(calls, ["finish 1 done, 2 done"]);
  open();
  await Promise.all([...first, ...later]);
  assert.deepEqual(calls, ["finish 1 done, 2 done", "finish 3 done, 4 done, 5 done"]);
});

test("one report tells of all recipients that failed, and is kept before their rows go", async () => {
  const { end, calls } = world();
  await end(FAILED, 1, 2);
  assert.deepEqual(calls, ["accept alice@elsewhere.test", "wake outbound", "finish 1 done, 2 done"]);
});

test("a store that fails is asked again, longer apart each time, until it has kept the end", async () => {
  const { end, calls, time } = world({ failures: 3 });
  let ended = false;
  const ending = end(DELIVERED, 1).then(() => {
    ended = true;
  });
  for (const [calledSoFar, waitMs] of [
    [1, 1000],
    [2, 2000],
    [3, 4000],
  ] as const) {
    await settled();
    assert.equal(calls.length, calledSoFar);
    time.advance(waitMs - 1);
    await settled();
    assert.equal(calls.length, calledSoFar);
    time.advance(1);
  }
  await ending;
  assert.ok(ended);
});

test("a report is sent once although the store fails on the way", async () => {
  const { end, calls, time } = world({ failures: 1 });
  const ending = end(FAILED, 1);
  await settled();
  time.advance(1000);
  await ending;
  assert.deepEqual(calls.slice(1), ["accept alice@elsewhere.test", "wake outbound", "finish 1 done"]);
});

test("once retrying is stopped a failure is final", async () => {
  const { end, stopRetrying } = world({ failures: 1 });
  stopRetrying();
  await assert.rejects(end(DELIVERED, 1), { code: "store-unavailable" });
});

test("body files that nobody needs any more are deleted, and one that cannot be stops nothing", async () => {
  const { end, removed } = world();
  await Promise.all([end(DELIVERED, 13), end(DELIVERED, 14)]);
  await settled();
  assert.deepEqual(removed, ["body-13", "body-14"]);
});

test("rows that were not attempted are given back without a report", async () => {
  const { giveBack, message, calls } = world();
  await giveBack(message(1, 2));
  assert.deepEqual(calls, ["finish 1 give-back, 2 give-back"]);
});
