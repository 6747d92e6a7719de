import assert from "node:assert/strict";
import { manualTime } from "../../src/adapters/memory/manual-time.ts";
import { memoryBodyStore } from "../../src/adapters/memory/memory-body-store.ts";
import { memoryQueueStore } from "../../src/adapters/memory/memory-queue-store.ts";
import { parseDomain } from "../../src/core/domain.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../../src/core/ids.ts";
import { plusMs } from "../../src/core/instant.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import type { Directory } from "../../src/ports/directory.ts";
import type { AcceptedMessage, Lane, QueueStore } from "../../src/ports/queue-store.ts";
import { DEFAULT_SCHEDULE } from "../../src/queue/next-attempt.ts";
import { queueRunner } from "../../src/queue/runner.ts";

/** What attempts come to. */
const DELIVERED: Outcome = { kind: "delivered", status: "2.0.0", diagnostic: "250 ok" };
export const DEFERRED: Outcome = { kind: "deferred", status: "4.2.1", diagnostic: "450 later" };
export const FAILED: Outcome = { kind: "failed", status: "5.1.1", diagnostic: "550 who?" };
const REMOTE: Directory["resolve"] = async () => ({ kind: "remote" });

/** How a lane is set up. */
interface LaneSetting {
  readonly outcomes: Outcome[];
  /** What an attempt waits for. */
  readonly gate?: () => Promise<void>;
  readonly concurrency?: number;
  /** What the peer asks for with its outcomes. */
  readonly retryAfterMs?: number;
  readonly store?: (store: QueueStore) => QueueStore;
  readonly resolve?: Directory["resolve"];
}

/** A runner over a store in memory, with a clock and timers by hand and a delivery that does what the test says. */
export function queueLane(given: LaneSetting) {
  const {
    outcomes,
    store: wrap = (s) => s,
    resolve = REMOTE,
    gate = async () => {},
    concurrency = 2,
    retryAfterMs,
  } = given;
  const hint = retryAfterMs === undefined ? {} : { retryAfterMs };
  const time = manualTime();
  /** How far the clock has been set forward or back. */
  const skew = { byMs: 0 };
  const store = memoryQueueStore();
  const nextId = idSource<"Test">(time.clock);
  const attempted: string[] = [];
  const reported: Lane[] = [];
  const logged: string[] = [];
  const hostname = parseDomain("mx.example.test");
  assert.ok(hostname);
  const runner = queueRunner({
    store: wrap(store),
    lane: "outbound",
    bodies: memoryBodyStore(),
    schedule: DEFAULT_SCHEDULE,
    concurrency,
    leaseMs: 900_000,
    clock: () => plusMs(time.clock(), skew.byMs),
    timers: time.timers,
    random: () => 0.5,
    log: {
      info: () => {},
      warn: (event) => void logged.push(event),
      error: (event) => void logged.push(event),
    },
    hostname,
    resolve,
    newId: {
      message: () => Number(nextId()) as MessageId,
      queue: () => Number(nextId()) as QueueId,
      decision: () => Number(nextId()) as DecisionId,
    },
    lifetimeMs: 5 * 86_400_000,
    onReport: (lanes) => void reported.push(...lanes),
    deliver: async ({ rows }) => {
      attempted.push(...rows.map(({ target }) => target));
      await gate();
      return rows.map(({ id }) => ({ row: id, outcome: outcomes.shift() ?? DELIVERED, ...hint }));
    },
  });
  const accept = (target: string, sender = "alice@elsewhere.test") =>
    store.accept(outboundMessage(Number(nextId()), target, sender, time.clock()));
  return { time, skew, store, runner, accept, attempted, reported, logged };
}

/** A message with one outbound row, whose id is the next after the message's. */
export function outboundMessage(
  id: number,
  target: string,
  sender: string,
  now: ReturnType<ReturnType<typeof manualTime>["clock"]>,
): AcceptedMessage {
  return {
    envelope: {
      id: id as MessageId,
      acceptedAt: now,
      expiresAt: plusMs(now, 5 * 86_400_000),
      sender,
      size: 20,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "192.0.2.1", listener: "mx" },
    },
    body: { kind: "inline", bytes: Buffer.from("Subject: x\r\n\r\nhello\r\n") },
    rows: [
      {
        id: (id + 1) as QueueId,
        lane: "outbound",
        recipient: target,
        target,
        destination: "remote.test",
        decision: 1 as DecisionId,
      },
    ],
    decisions: [],
  };
}

/** Lets all that is ready happen: promises and what they start. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
