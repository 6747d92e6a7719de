import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { plusMs } from "../../core/instant.ts";
import type { ClaimRequest, QueueStore } from "../queue-store.ts";
import { acceptContract } from "./queue-accept-contract.ts";
import { CLAIM, idsOf, type QueueUnderTest } from "./queue-under-test.ts";
import { NOON, OUTCOMES, queueId, sampleMessage } from "./sample-message.ts";

/** What every spool and queue must do. `make` opens an empty one for one test. */
export function queueStoreContract(name: string, make: (t: TestContext) => Promise<QueueUnderTest>): void {
  suite(`${name} as a queue store`, () => {
    acceptContract(make);
    claimContract(make);
    finishContract(make);
    readContract(make);
  });
}

function claimContract(make: (t: TestContext) => Promise<QueueUnderTest>): void {
  test("rows come oldest due first and those of one message together", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1, { at: plusMs(NOON, -1000), lanes: ["outbound", "outbound"] }));
    await queue.accept(sampleMessage(2, { at: plusMs(NOON, -3000) }));
    await queue.accept(sampleMessage(3, { at: plusMs(NOON, -2000) }));
    assert.deepEqual(await claimIds(queue, CLAIM), [[20], [30], [10, 11]]);
  });

  test("a claim takes no more rows than its limit and only those of its lane that are due", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1, { lanes: ["outbound", "local", "outbound"] }));
    await queue.accept(sampleMessage(2, { at: plusMs(NOON, 1) }));
    assert.deepEqual(await claimIds(queue, { ...CLAIM, limit: 1 }), [[10]]);
    assert.deepEqual(await claimIds(queue, CLAIM), [[12]]);
    assert.deepEqual(await claimIds(queue, { ...CLAIM, lane: "local" }), [[11]]);
    assert.deepEqual(await claimIds(queue, CLAIM), []);
  });

  test("a leased row is passed over until its lease runs out, and then is due again", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1));
    await queue.claim(CLAIM);
    assert.equal(await queue.nextDue("outbound"), plusMs(NOON, 60_000));
    assert.deepEqual(await claimIds(queue, { ...CLAIM, now: plusMs(NOON, 59_999) }), []);
    assert.deepEqual(await claimIds(queue, { ...CLAIM, now: plusMs(NOON, 60_000) }), [[10]]);
  });

  test("leases of a process that is gone are given back with the time at which their rows were due", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1, { lanes: ["outbound", "local"] }));
    await queue.claim(CLAIM);
    assert.equal(await queue.releaseLeases(), 1);
    assert.equal(await queue.nextDue("outbound"), NOON);
    assert.equal(await queue.releaseLeases(), 0);
  });

  test("nothing is due in a lane without rows", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1));
    assert.equal(await queue.nextDue("local"), undefined);
    assert.equal(await queue.nextDue("outbound"), NOON);
  });
}

function finishContract(make: (t: TestContext) => Promise<QueueUnderTest>): void {
  test("the last row takes its message along and names the body file that is free then", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1, { lanes: ["outbound", "outbound"], bodyFile: "A.msg" }));
    assert.deepEqual(await queue.finish([done(10)]), { releasedBodies: [] });
    assert.deepEqual(await queue.bodyFiles(), ["A.msg"]);
    assert.deepEqual(await queue.finish([done(11)]), { releasedBodies: ["A.msg"] });
    assert.deepEqual(await queue.bodyFiles(), []);
    assert.deepEqual(await queue.finish([done(11)]), { releasedBodies: [] });
  });

  test("a retry is counted, waits until its time and keeps what was said", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1));
    await queue.claim(CLAIM);
    const at = plusMs(NOON, 900_000);
    await queue.finish([
      { row: queueId(10), next: "retry", at, outcome: OUTCOMES.deferred, delayWarned: true },
    ]);
    const entry = await queue.show(queueId(10));
    assert.deepEqual(entry?.last, OUTCOMES.deferred);
    assert.equal(entry.attempts, 1);
    assert.equal(entry.nextAttemptAt, at);
    assert.equal(entry.leased, false);
    assert.deepEqual(await queue.claim(CLAIM), []);
    await queue.finish([{ row: queueId(10), next: "retry", at, outcome: OUTCOMES.failed }]);
    const [claimed] = await queue.claim({ ...CLAIM, now: at });
    assert.deepEqual([claimed?.rows[0]?.attempts, claimed?.rows[0]?.delayWarned], [2, true]);
  });

  test("a row that is given back is due as before and not counted", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1));
    await queue.claim({ ...CLAIM, now: plusMs(NOON, 5) });
    await queue.finish([{ row: queueId(10), next: "give-back" }]);
    const entry = await queue.show(queueId(10));
    assert.deepEqual([entry?.nextAttemptAt, entry?.attempts, entry?.leased], [NOON, 0, false]);
  });

  test("results for rows that are gone are passed over", async (t) => {
    const { queue } = await make(t);
    const result = await queue.finish([
      done(10),
      { row: queueId(11), next: "give-back" },
      { row: queueId(12), next: "retry", at: NOON, outcome: OUTCOMES.deferred },
    ]);
    assert.deepEqual(result, { releasedBodies: [] });
  });
}

function readContract(make: (t: TestContext) => Promise<QueueUnderTest>): void {
  test("a row that is held is not claimed until it is released, and is shown as held", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1));
    await queue.accept(sampleMessage(2));
    assert.deepEqual(await queue.act("hold", { ids: [queueId(10)] }, NOON), { rows: 1, releasedBodies: [] });
    assert.deepEqual(await claimIds(queue, CLAIM), [[20]]);
    assert.equal((await queue.show(queueId(10)))?.held, true);
    assert.deepEqual((await queue.stats(NOON)).lanes.outbound, { waiting: 0, held: 1, leased: 1 });
    await queue.act("release", {}, NOON);
    assert.deepEqual(await claimIds(queue, CLAIM), [[10]]);
  });

  test("a retry by hand makes a waiting row due now, and one being attempted when it is given back", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1, { at: plusMs(NOON, 5000) }));
    await queue.accept(sampleMessage(2, { at: plusMs(NOON, -5000) }));
    await queue.claim(CLAIM);
    assert.equal((await queue.act("retry", {}, NOON)).rows, 2);
    assert.equal((await queue.show(queueId(10)))?.nextAttemptAt, NOON);
    assert.equal((await queue.show(queueId(20)))?.leased, true);
    await queue.finish([{ row: queueId(20), next: "give-back" }]);
    assert.equal((await queue.show(queueId(20)))?.nextAttemptAt, NOON);
  });

  test("dropped rows are gone with their message, and its body file is named", async (t) => {
    const { queue } = await make(t);
    await queue.accept(sampleMessage(1, { bodyFile: "A.msg" }));
    await queue.accept(sampleMessage(2, { lanes: ["outbound", "local"], bodyFile: "B.msg" }));
    assert.deepEqual(await queue.act("drop", { lane: "outbound" }, NOON), {
      rows: 2,
      releasedBodies: ["A.msg"],
    });
    assert.deepEqual(await queue.bodyFiles(), ["B.msg"]);
    assert.deepEqual(await idsOf(queue), [21]);
  });

  test("a filter takes the rows that match all of it, whatever is written in it", async (t) => {
    const { queue } = await make(t);
    const login = { client: "192.0.2.1", listener: "mx", login: "Carol@example.test" };
    await queue.accept(sampleMessage(1, { lanes: ["outbound", "local"] }));
    await queue.accept(sampleMessage(2, { row: { destination: "example.net" } }));
    await queue.accept(sampleMessage(3, { envelope: { sender: "Dave@example.test", origin: login } }));
    assert.deepEqual(await idsOf(queue, {}), [10, 11, 20, 30]);
    assert.deepEqual(await idsOf(queue, { limit: 2 }), [10, 11]);
    assert.deepEqual(await idsOf(queue, { ids: [queueId(30), queueId(11), queueId(99)] }), [11, 30]);
    assert.deepEqual(await idsOf(queue, { ids: [] }), []);
    assert.deepEqual(await idsOf(queue, { lane: "local" }), [11]);
    assert.deepEqual(await idsOf(queue, { destination: "EXAMPLE.net" }), [20]);
    assert.deepEqual(await idsOf(queue, { sender: "dave@example.test" }), [30]);
    assert.deepEqual(await idsOf(queue, { login: "carol@example.test", lane: "outbound" }), [30]);
    assert.deepEqual(await idsOf(queue, { login: "carol@example.test", lane: "local" }), []);
    assert.deepEqual(await idsOf(queue, { sender: "' OR 1=1 --" }), []);
    assert.equal((await queue.act("hold", { limit: 3 }, NOON)).rows, 3);
    assert.equal((await queue.show(queueId(30)))?.held, false);
  });

  test("one row is shown with its envelope, and none for an id that is not there", async (t) => {
    const { queue } = await make(t);
    const message = sampleMessage(1);
    const { envelope, rows } = structuredClone(message);
    await queue.accept(message);
    const expected = { envelope, row: rows[0], attempts: 0, nextAttemptAt: NOON, leased: false, held: false };
    assert.deepEqual(await queue.show(queueId(10)), expected);
    assert.equal(await queue.show(queueId(11)), undefined);
  });

  test("the counts tell waiting, held and leased rows apart and how old the oldest is", async (t) => {
    const { queue } = await make(t);
    const none = { waiting: 0, held: 0, leased: 0 };
    assert.deepEqual(await queue.stats(NOON), { lanes: { local: none, outbound: none } });
    await queue.accept(sampleMessage(1, { at: plusMs(NOON, -9000) }));
    await queue.accept(sampleMessage(2, { lanes: ["outbound", "local", "local"] }));
    await queue.claim({ ...CLAIM, limit: 1 });
    await queue.act("hold", { ids: [queueId(21)] }, NOON);
    assert.deepEqual(await queue.stats(NOON), {
      lanes: { local: { waiting: 1, held: 1, leased: 0 }, outbound: { waiting: 1, held: 0, leased: 1 } },
      oldestAt: plusMs(NOON, -9000),
    });
    assert.deepEqual((await queue.stats(plusMs(NOON, 60_000))).lanes.outbound, {
      waiting: 2,
      held: 0,
      leased: 0,
    });
  });
}

function done(row: number) {
  return { row: queueId(row), next: "done", outcome: OUTCOMES.delivered } as const;
}

async function claimIds(queue: QueueStore, request: ClaimRequest): Promise<number[][]> {
  return (await queue.claim(request)).map(({ rows }) => rows.map(({ id }) => id));
}
