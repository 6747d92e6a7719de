import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { plusMs } from "../../core/instant.ts";
import { type Body, StoreUnavailable } from "../queue-store.ts";
import { CLAIM, idsOf, type QueueUnderTest } from "./queue-under-test.ts";
import { decisionId, messageId, NOON, sampleMessage } from "./sample-message.ts";

/** What taking a message must do; a part of the contract of queue stores. */
export function acceptContract(make: (t: TestContext) => Promise<QueueUnderTest>): void {
  test("an accepted message is claimed as it was given, with every field", async (t) => {
    const { queue } = await make(t);
    const message = sampleMessage(1, {
      text: "Received: x\r\n\r\n\0\xff",
      envelope: {
        sender: "",
        smtpUtf8: true,
        eightBit: true,
        ret: "HDRS",
        envid: "a+b",
        origin: { client: "2001:db8::1", listener: "mx", login: "alice@example.test" },
      },
      row: { notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;Bob@example.org" },
    });
    const expected = structuredClone(message);
    await queue.accept(message);
    const [claimed] = await queue.claim(CLAIM);
    assert.deepEqual(claimed?.envelope, expected.envelope);
    assert.equal(textOf(claimed.body), textOf(expected.body));
    assert.deepEqual(
      claimed.rows,
      expected.rows.map((row) => ({ ...row, attempts: 0, delayWarned: false })),
    );
  });

  test("bodies of any size come back byte for byte, also when they are views", async (t) => {
    const { queue } = await make(t);
    const source = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
    const views = [source.subarray(0, 0), source.subarray(11, 4107), source.subarray(5), Buffer.from(source)];
    const expected = views.map((view) => Buffer.from(view));
    await Promise.all(
      views.map((bytes, index) =>
        queue.accept({ ...sampleMessage(index + 1), body: { kind: "inline", bytes } }),
      ),
    );
    const claimed = await queue.claim(CLAIM);
    assert.deepEqual(
      claimed.map(
        ({ body }) => body.kind === "inline" && Buffer.compare(body.bytes, expected.shift() ?? source),
      ),
      [0, 0, 0, 0],
    );
  });

  test("rows that are leased from the start are due again when the lease ends, those of other lanes at once", async (t) => {
    const { queue } = await make(t);
    const until = plusMs(NOON, 60_000);
    const message = sampleMessage(1, { lanes: ["outbound", "local"] });
    await queue.accept({ ...message, leased: { lanes: new Set(["outbound"]), until } });
    assert.deepEqual(await queue.claim({ ...CLAIM, lane: "outbound" }), []);
    assert.equal((await queue.claim({ ...CLAIM, lane: "local" })).length, 1);
    assert.equal(await queue.nextDue("outbound"), until);
    assert.equal((await queue.stats(NOON)).lanes.outbound.leased, 1);
    assert.equal((await queue.claim({ ...CLAIM, lane: "outbound", now: until })).length, 1);
  });

  test("a lease from the start is given back with those of a process that is gone", async (t) => {
    const { queue } = await make(t);
    const leased = { lanes: new Set(["outbound"] as const), until: plusMs(NOON, 60_000) };
    await queue.accept({ ...sampleMessage(1), leased });
    assert.equal(await queue.releaseLeases(), 1);
    assert.equal((await queue.claim(CLAIM)).length, 1);
  });

  test("the decisions of an accepted message are in the journal", async (t) => {
    const { queue, journal } = await make(t);
    await queue.accept(sampleMessage(1, { lanes: ["outbound", "local"] }));
    assert.equal((await journal.show(decisionId(10)))?.message, messageId(1));
    assert.equal((await journal.show(decisionId(11)))?.message, messageId(1));
  });

  test("a message without rows leaves its decisions and nothing else", async (t) => {
    const { queue, journal } = await make(t);
    await queue.accept({ ...sampleMessage(1, { bodyFile: "A.msg" }), rows: [] });
    assert.ok(await journal.show(decisionId(10)));
    assert.deepEqual(await queue.bodyFiles(), []);
    assert.deepEqual(await queue.list({}), []);
  });

  test("a message whose id is taken is refused whole, and others beside it are not", async (t) => {
    const { queue, journal } = await make(t);
    await queue.accept(sampleMessage(1));
    const twice = { ...sampleMessage(2), envelope: sampleMessage(1).envelope };
    const [refused, taken] = await Promise.allSettled([queue.accept(twice), queue.accept(sampleMessage(3))]);
    assert.ok(refused.status === "rejected" && refused.reason instanceof StoreUnavailable);
    assert.equal(taken.status, "fulfilled");
    assert.equal(await journal.show(decisionId(20)), undefined);
    assert.deepEqual(await idsOf(queue), [10, 30]);
  });

  test("recipients relayed for a privileged entry count on the UTC day of their decision", async (t) => {
    const { queue, usage } = await make(t);
    await queue.accept(sampleMessage(1, { lanes: ["outbound", "outbound"] }));
    await queue.accept(sampleMessage(2));
    await queue.accept(sampleMessage(3, { decision: { identity: "privileged:4" } }));
    await queue.accept(sampleMessage(4, { decision: { identity: "account:alice@example.test" } }));
    await queue.accept(sampleMessage(5, { decision: { verdict: "deliver" } }));
    await queue.accept(sampleMessage(6, { at: plusMs(NOON, 12 * 3_600_000) }));
    const today = [...(await usage.privilegedToday(NOON))];
    assert.deepEqual(
      today.sort(([a], [b]) => a - b),
      [
        [3, 3],
        [4, 1],
      ],
    );
    assert.deepEqual([...(await usage.privilegedToday(plusMs(NOON, 12 * 3_600_000)))], [[3, 1]]);
  });
}

function textOf(body: Body): string {
  return body.kind === "inline" ? Buffer.from(body.bytes).toString("latin1") : body.name;
}
