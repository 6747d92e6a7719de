import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manualTime } from "../adapters/memory/manual-time.ts";
import { memoryBodyStore } from "../adapters/memory/memory-body-store.ts";
import { memoryQueueStore } from "../adapters/memory/memory-queue-store.ts";
import { parseDomain } from "../core/domain.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../core/ids.ts";
import { plusMs } from "../core/instant.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Directory } from "../ports/directory.ts";
import { type AcceptedMessage, type Lane, type QueueStore, StoreUnavailable } from "../ports/queue-store.ts";
import { DEFAULT_SCHEDULE } from "./next-attempt.ts";
import { queueRunner } from "./runner.ts";

const DELIVERED: Outcome = { kind: "delivered", status: "2.0.0", diagnostic: "250 ok" };
const DEFERRED: Outcome = { kind: "deferred", status: "4.2.1", diagnostic: "450 later" };
const FAILED: Outcome = { kind: "failed", status: "5.1.1", diagnostic: "550 who?" };
const REMOTE: Directory["resolve"] = async () => ({ kind: "remote" });

interface Setting {
  readonly outcomes: Outcome[];
  /** What an attempt waits for. */
  readonly gate?: () => Promise<void>;
  readonly concurrency?: number;
  /** What the peer asks for with its outcomes. */
  readonly retryAfterMs?: number;
  readonly store?: (store: QueueStore) => QueueStore;
  readonly resolve?: Directory["resolve"];
}

function setting(given: Setting) {
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
    store.accept(message(Number(nextId()), target, sender, time.clock()));
  return { time, skew, store, runner, accept, attempted, reported, logged };
}

function message(
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
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a lane of the queue", () => {
  test("everything that is due is delivered, however few hands there are", async () => {
    const { runner, accept, attempted, store } = setting({ outcomes: [] });
    for (const n of [1, 2, 3, 4, 5]) await accept(`r${n}@remote.test`);
    runner.start();
    await settle();
    assert.equal(attempted.length, 5);
    assert.deepEqual(await store.list({}), []);
  });

  test("a clock that is set forward and back by a day leaves no mail waiting for that day", async () => {
    const { runner, accept, attempted, time, skew, logged } = setting({ outcomes: [DEFERRED, DEFERRED] });
    runner.start();
    skew.byMs = 86_400_000;
    await accept("tomorrow@remote.test", "");
    runner.wake();
    await settle();
    assert.equal(attempted.length, 1);
    skew.byMs = 0;
    time.advance(60_000);
    await settle();
    assert.deepEqual(attempted, ["tomorrow@remote.test", "tomorrow@remote.test"]);
    assert.deepEqual(logged, ["clock-set-back"]);
  });

  test("new mail goes to hands that are kept free for it, and not past mail that has waited for them", async () => {
    const gate = Promise.withResolvers<void>();
    const { runner, accept, attempted, store, time } = setting({ outcomes: [], gate: () => gate.promise });
    assert.equal(runner.reserve(1), undefined, "before the start nobody works");
    runner.start();
    await settle();
    const hands = runner.reserve(2);
    assert.ok(hands);
    assert.equal(runner.reserve(1), undefined, "both hands are kept");
    await accept("waits@remote.test");
    runner.wake();
    await settle();
    assert.deepEqual(attempted, []);
    const given = message(7_000_000, "new@remote.test", "", time.clock());
    await store.accept({ ...given, leased: { lanes: new Set(["outbound"]), until: hands.leaseUntil } });
    hands.begin({ ...given, rows: given.rows.map((row) => ({ ...row, attempts: 0, delayWarned: false })) });
    await accept("waits-too@remote.test");
    runner.wake();
    await settle();
    assert.deepEqual(attempted, ["new@remote.test", "waits@remote.test"]);
    assert.equal(runner.reserve(1), undefined);
    gate.resolve();
    await settle();
    assert.deepEqual(await store.list({}), []);
    runner.reserve(2)?.cancel();
    assert.ok(runner.reserve(2), "hands that were given up are free");
  });

  test("what was deferred is tried again when it is due, and not before", async () => {
    const { runner, accept, attempted, time, store } = setting({ outcomes: [DEFERRED] });
    await accept("r@remote.test");
    runner.start();
    await settle();
    assert.equal(attempted.length, 1);
    assert.equal((await store.list({}))[0]?.last?.diagnostic, "450 later");
    for (let minute = 0; minute < 14; minute += 1) {
      time.advance(60_000);
      await settle();
    }
    assert.equal(attempted.length, 1);
    time.advance(60_000);
    await settle();
    assert.equal(attempted.length, 2);
    assert.deepEqual(await store.list({}), []);
  });

  test("a retry that the peer wants soon is not slept over", async () => {
    const { runner, accept, attempted, time } = setting({ outcomes: [DEFERRED], retryAfterMs: 30_000 });
    await accept("r@remote.test");
    runner.start();
    await settle();
    time.advance(30_000);
    await settle();
    assert.equal(attempted.length, 2);
  });

  test("a failure goes back to the sender as a report with the null sender", async () => {
    const { runner, accept, store, reported } = setting({ outcomes: [FAILED] });
    await accept("r@remote.test");
    runner.pause();
    runner.start();
    runner.resume();
    await settle();
    assert.deepEqual(reported, ["outbound"]);
    assert.deepEqual(await store.list({}), [], "the report has been delivered by the same lane in its turn");
  });

  test("a report for a mailbox here goes into the local lane", async () => {
    const resolve: Directory["resolve"] = async () => ({
      kind: "local",
      via: "mailbox",
      targets: [{ kind: "mailbox", mailbox: "alice@example.test" }],
    });
    const { runner, accept, store } = setting({ outcomes: [FAILED], resolve });
    await accept("r@remote.test", "alice@example.test");
    runner.start();
    await settle();
    const [report] = await store.list({ lane: "local" });
    assert.equal(report?.envelope.sender, "");
    assert.equal(report?.row.target, "alice@example.test");
  });

  test("a sender that leads nowhere gets no report, and the row is done", async () => {
    const { runner, accept, store, logged } = setting({
      outcomes: [FAILED],
      resolve: async () => ({ kind: "no-such-recipient" }),
    });
    await accept("r@remote.test", "gone@example.test");
    runner.start();
    await settle();
    assert.deepEqual(logged, ["report-undeliverable"]);
    assert.deepEqual(await store.list({}), []);
  });

  test("a paused lane begins nothing, and goes on where it was", async () => {
    const { runner, accept, attempted } = setting({ outcomes: [] });
    runner.pause();
    runner.start();
    await accept("r@remote.test");
    runner.wake();
    await settle();
    assert.deepEqual(attempted, []);
    runner.resume();
    await settle();
    assert.deepEqual(attempted, ["r@remote.test"]);
  });

  test("a store that fails is asked again after a while, and nothing is lost", async () => {
    let failures = 2;
    const { runner, accept, attempted, logged, time } = setting({
      outcomes: [],
      store: (store) => ({
        ...store,
        claim: (request) => {
          failures -= 1;
          return failures >= 0 ? Promise.reject(new StoreUnavailable("busy")) : store.claim(request);
        },
      }),
    });
    await accept("r@remote.test");
    runner.start();
    await settle();
    assert.deepEqual(logged, ["queue-unavailable"]);
    time.advance(1000);
    await settle();
    time.advance(2000);
    await settle();
    assert.deepEqual(attempted, ["r@remote.test"]);
  });

  test("draining waits for what is under way and begins nothing more", async () => {
    const { runner, accept, attempted } = setting({ outcomes: [] });
    await accept("r@remote.test");
    runner.start();
    await runner.drain();
    await accept("s@remote.test");
    runner.wake();
    await settle();
    assert.ok(!attempted.includes("s@remote.test"));
  });

  test("with much to do it claims for half of its hands at once, and asks the clock only when all is claimed", async () => {
    const asked: string[] = [];
    const { runner, accept, attempted } = setting({
      outcomes: [],
      concurrency: 10,
      store: (store) => ({
        ...store,
        claim: (request) => {
          asked.push(`claim ${request.limit}`);
          return store.claim(request);
        },
        nextDue: (lane) => {
          asked.push("next due");
          return store.nextDue(lane);
        },
      }),
    });
    for (let n = 0; n < 25; n += 1) await accept(`r${n}@remote.test`);
    runner.start();
    await settle();
    assert.equal(attempted.length, 25);
    const claims = asked.filter((word) => word.startsWith("claim"));
    assert.ok(claims.length <= 6, asked.join());
    assert.equal(asked.length, claims.length + 1);
    await accept("late@remote.test");
    runner.wake();
    await settle();
    assert.equal(asked.at(-1), "claim 10", "the alarm that is set is still right");
  });

  test("a hand that comes free waits for others before more is claimed", async () => {
    const gates: (() => void)[] = [];
    const { runner, accept, attempted } = setting({
      outcomes: [],
      concurrency: 4,
      gate: () => new Promise((resolve) => gates.push(resolve)),
    });
    for (let n = 0; n < 8; n += 1) await accept(`r${n}@remote.test`);
    runner.start();
    await settle();
    for (const begun of [4, 6]) {
      gates.shift()?.();
      await settle();
      assert.equal(attempted.length, begun);
    }
  });

  test("an attempt that outlives its lease is not begun a second time", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { runner, accept, attempted, time, store } = setting({ outcomes: [], gate: () => gate });
    await accept("slow@remote.test");
    runner.start();
    await settle();
    time.advance(900_001);
    runner.wake();
    await settle();
    assert.deepEqual(attempted, ["slow@remote.test"]);
    open();
    await settle();
    assert.deepEqual(await store.list({}), []);
  });

  test("rows whose claim was on its way when the lane was paused are given back untried", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { runner, accept, attempted, store } = setting({
      outcomes: [],
      store: (store) => ({
        ...store,
        claim: async (request) => {
          await gate;
          return store.claim(request);
        },
      }),
    });
    await accept("r@remote.test");
    runner.start();
    runner.pause();
    open();
    await settle();
    const [entry] = await store.list({});
    assert.deepEqual([attempted.length, entry?.leased, entry?.attempts], [0, false, 0]);
    runner.resume();
    await settle();
    assert.deepEqual(attempted, ["r@remote.test"]);
  });

  test("a delivery that breaks its promise and throws is a deferral", async () => {
    const { runner, accept, store, logged } = setting({
      outcomes: [],
      gate: () => Promise.reject(new Error("a slip")),
    });
    await accept("r@remote.test");
    runner.start();
    await settle();
    assert.deepEqual(logged, ["delivery-broken"]);
    assert.equal((await store.list({}))[0]?.last?.status, "4.3.0");
  });

  test("draining waits for a look at the store that is under way, and leaves no timer", async () => {
    const { runner, time } = setting({ outcomes: [] });
    runner.start();
    await runner.drain();
    assert.equal(time.pending(), 0);
  });

  test("draining gives up on what does not end in half a minute", async () => {
    const { runner, accept, time } = setting({ outcomes: [], gate: () => new Promise(() => {}) });
    await accept("r@remote.test");
    runner.start();
    await settle();
    let drained = false;
    const draining = runner.drain().then(() => {
      drained = true;
    });
    time.advance(29_999);
    await settle();
    assert.equal(drained, false);
    time.advance(1);
    await draining;
  });
});
