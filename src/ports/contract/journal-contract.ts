import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { plusMs } from "../../core/instant.ts";
import type { Journal, JournalFilter } from "../journal.ts";
import { decisionId, messageId, NOON, sampleDecision } from "./sample-message.ts";

/** What every journal must do. `make` opens an empty one for one test. */
export function journalContract(name: string, make: (t: TestContext) => Promise<Journal>): void {
  suite(`${name} as a journal`, () => {
    test("an entry comes back with every field", async (t) => {
      const journal = await make(t);
      const full = { ...sampleDecision(1), message: messageId(5), login: "alice@example.test", tls: false };
      const bare = { ...sampleDecision(2), grounds: [], sender: "" };
      await journal.record([full, bare]);
      assert.deepEqual(await journal.show(decisionId(1)), full);
      assert.deepEqual(await journal.show(decisionId(2)), bare);
      assert.equal(await journal.show(decisionId(3)), undefined);
    });

    test("a search goes from the newest back, by time and then by id, up to its limit", async (t) => {
      const journal = await make(t);
      await journal.record([
        sampleDecision(1, plusMs(NOON, 10)),
        sampleDecision(2, NOON),
        sampleDecision(3, NOON),
        sampleDecision(4, plusMs(NOON, 20)),
      ]);
      assert.deepEqual(await idsOf(journal, {}), [4, 1, 3, 2]);
      assert.deepEqual(await idsOf(journal, { limit: 2 }), [4, 1]);
    });

    test("a search takes entries from `since` on and before `until`", async (t) => {
      const journal = await make(t);
      await journal.record([0, 10, 20, 30].map((ms) => sampleDecision(ms + 1, plusMs(NOON, ms))));
      assert.deepEqual(await idsOf(journal, { since: plusMs(NOON, 10), until: plusMs(NOON, 30) }), [21, 11]);
    });

    test("a search finds what matches all of its words, whatever is written in them", async (t) => {
      const journal = await make(t);
      await journal.record([
        { ...sampleDecision(1), client: "2001:db8::1" },
        { ...sampleDecision(2), login: "Alice@example.test" },
        { ...sampleDecision(3), recipient: "Bob@example.net", reason: "denied-no-ground", verdict: "reject" },
        { ...sampleDecision(4), sender: "", reason: "denied-no-ground", verdict: "reject" },
      ]);
      assert.deepEqual(await idsOf(journal, { client: "2001:db8::1" }), [1]);
      assert.deepEqual(await idsOf(journal, { login: "alice@example.test" }), [2]);
      assert.deepEqual(await idsOf(journal, { recipient: "bob@EXAMPLE.net" }), [3]);
      assert.deepEqual(await idsOf(journal, { reason: "denied-no-ground" }), [4, 3]);
      assert.deepEqual(await idsOf(journal, { reason: "denied-no-ground", sender: "" }), [4]);
      assert.deepEqual(await idsOf(journal, { sender: "' OR 1=1 --" }), []);
    });

    test("a search finds a rare entry far back, and all of a common one up to its limit", async (t) => {
      const journal = await make(t);
      const many = Array.from({ length: 12_000 }, (_, n) => sampleDecision(n + 1, plusMs(NOON, n >> 2)));
      await journal.record(
        many.map((entry) => (entry.id === 17 ? { ...entry, client: "192.0.2.99" } : entry)),
      );
      assert.deepEqual(await idsOf(journal, { client: "192.0.2.99" }), [17]);
      const all = await idsOf(journal, { client: "192.0.2.1", limit: 20_000 });
      assert.equal(all.length, 11_999);
      assert.deepEqual(
        all,
        all.toSorted((a, b) => b - a),
      );
    });

    test("pruning takes away what is older, and says how much", async (t) => {
      const journal = await make(t);
      const many = Array.from({ length: 5001 }, (_, n) => sampleDecision(n + 1, plusMs(NOON, -1)));
      await journal.record([...many, sampleDecision(9000, NOON)]);
      assert.equal(await journal.prune(NOON), 5001);
      assert.deepEqual(await idsOf(journal, {}), [9000]);
      assert.equal(await journal.prune(NOON), 0);
    });
  });
}

async function idsOf(journal: Journal, filter: JournalFilter): Promise<number[]> {
  return (await journal.search(filter)).map(({ id }) => id);
}
