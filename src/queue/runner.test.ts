import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFERRED, FAILED, queueLane, settle } from "../../test/support/queue-lane.ts";
import type { Directory } from "../ports/directory.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";

describe("a lane of the queue", () => {
  test("everything that is due is delivered, however few hands there are", async () => {
    const { runner, accept, attempted, store } = queueLane({ outcomes: [] });
    for (const n of [1, 2, 3, 4, 5]) await accept(`r${n}@remote.test`);
    runner.start();
    await settle();
    assert.equal(attempted.length, 5);
    assert.deepEqual(await store.list({}), []);
  });

  test("a clock that is set forward and back by a day leaves no mail waiting for that day", async () => {
    const { runner, accept, attempted, time, skew, logged } = queueLane({ outcomes: [DEFERRED, DEFERRED] });
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

  test("what was deferred is tried again when it is due, and not before", async () => {
    const { runner, accept, attempted, time, store } = queueLane({ outcomes: [DEFERRED] });
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
    const { runner, accept, attempted, time } = queueLane({ outcomes: [DEFERRED], retryAfterMs: 30_000 });
    await accept("r@remote.test");
    runner.start();
    await settle();
    time.advance(30_000);
    await settle();
    assert.equal(attempted.length, 2);
  });

  test("a failure goes back to the sender as a report with the null sender", async () => {
    const { runner, accept, store, reported } = queueLane({ outcomes: [FAILED] });
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
    const { runner, accept, store } = queueLane({ outcomes: [FAILED], resolve });
    await accept("r@remote.test", "alice@example.test");
    runner.start();
    await settle();
    const [report] = await store.list({ lane: "local" });
    assert.equal(report?.envelope.sender, "");
    assert.equal(report?.row.target, "alice@example.test");
  });

  test("a sender that leads nowhere gets no report, and the row is done", async () => {
    const { runner, accept, store, logged } = queueLane({
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
    const { runner, accept, attempted } = queueLane({ outcomes: [] });
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
    const { runner, accept, attempted, logged, time } = queueLane({
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
    const { runner, accept, attempted } = queueLane({ outcomes: [] });
    await accept("r@remote.test");
    runner.start();
    await runner.drain();
    await accept("s@remote.test");
    runner.wake();
    await settle();
    assert.ok(!attempted.includes("s@remote.test"));
  });

  test("rows whose claim was on its way when the lane was paused are given back untried", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { runner, accept, attempted, store } = queueLane({
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
    const { runner, accept, store, logged } = queueLane({
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
    const { runner, time } = queueLane({ outcomes: [] });
    runner.start();
    await runner.drain();
    assert.equal(time.pending(), 0);
  });

  test("draining gives up on what does not end in half a minute", async () => {
    const { runner, accept, time } = queueLane({ outcomes: [], gate: () => new Promise(() => {}) });
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
