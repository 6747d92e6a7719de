import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { outboundMessage, queueLane, settle } from "../../test/support/queue-lane.ts";

describe("the hands of a lane", () => {
  test("new mail goes to hands that are kept free for it, and not past mail that has waited for them", async () => {
    const gate = Promise.withResolvers<void>();
    const { runner, accept, attempted, store, time } = queueLane({ outcomes: [], gate: () => gate.promise });
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
    const given = outboundMessage(7_000_000, "new@remote.test", "", time.clock());
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

  test("with much to do it claims for half of its hands at once, and asks the clock only when all is claimed", async () => {
    const asked: string[] = [];
    const { runner, accept, attempted } = queueLane({
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
    const { runner, accept, attempted } = queueLane({
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
    const { runner, accept, attempted, time, store } = queueLane({ outcomes: [], gate: () => gate });
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
});
