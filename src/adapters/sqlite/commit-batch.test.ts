import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { commitBatch, type OperationTable } from "./commit-batch.ts";

function open(t: TestContext): { db: DatabaseSync; table: OperationTable; kept: () => unknown[] } {
  const db = new DatabaseSync(":memory:");
  t.after(() => db.close());
  db.exec("CREATE TABLE item (id INTEGER PRIMARY KEY, bytes BLOB) STRICT");
  const insert = db.prepare("INSERT INTO item (id, bytes) VALUES (?, ?)");
  const table: OperationTable = {
    put: (input, { bytes }) => Number(insert.run(Number(input), bytes ?? null).lastInsertRowid),
    putThenFail(input) {
      insert.run(Number(input), null);
      throw new TypeError("a slip");
    },
  };
  return {
    db,
    table,
    kept: () =>
      db
        .prepare("SELECT id FROM item")
        .all()
        .map(({ id }) => id),
  };
}

/** For operations that queue nothing. */
const count = { add: () => assert.fail("no message was queued or deleted") };

function put(input: number, bytes?: Uint8Array) {
  return { name: "put", input, bytes };
}

test("a batch is one commit, with a reply for each operation in their order", (t) => {
  const { db, table, kept } = open(t);
  const { replies, commits } = commitBatch(db, table, [put(3), put(1)], count);
  assert.deepEqual(replies, [
    { done: true, value: 3 },
    { done: true, value: 1 },
  ]);
  assert.equal(commits, 1);
  assert.deepEqual(kept(), [1, 3]);
});

test("an operation that breaks a rule fails alone and leaves nothing behind", (t) => {
  const { db, table, kept } = open(t);
  const batch = [put(1), put(1), { name: "putThenFail", input: 2, bytes: undefined }, put(3)];
  const { replies, commits } = commitBatch(db, table, batch, count);
  assert.deepEqual(
    replies.map(({ done }) => done),
    [true, false, false, true],
  );
  assert.deepEqual(replies[2], { done: false, detail: "a slip" });
  assert.equal(commits, 2);
  assert.deepEqual(kept(), [1, 3]);
});

test("an operation that is not known fails alone", (t) => {
  const { db, table } = open(t);
  const { replies } = commitBatch(db, table, [{ name: "nothing", input: 1, bytes: undefined }], count);
  assert.deepEqual(replies, [{ done: false, detail: 'the store knows no operation "nothing"' }]);
});

test("when the disk is full the whole batch fails, and the next one works", (t) => {
  const { db, table, kept } = open(t);
  db.exec("PRAGMA max_page_count = 10");
  const full = commitBatch(db, table, [put(1), put(2, new Uint8Array(1_000_000)), put(3)], count);
  assert.deepEqual(
    full.replies,
    [1, 2, 3].map(() => ({ done: false, detail: "database or disk is full", full: true })),
  );
  assert.equal(full.commits, 0);
  assert.equal(full.failure, "database or disk is full");
  assert.deepEqual(kept(), []);
  assert.equal(commitBatch(db, table, [put(4)], count).commits, 1);
  assert.deepEqual(kept(), [4]);
});

test("each transaction adds to the count of messages what its operations did", (t) => {
  const { db, table } = open(t);
  const added: number[] = [];
  const counted: OperationTable = {
    ...table,
    queue(input, { tally }) {
      if (input === "broken") throw new TypeError("a slip");
      tally.messages += Number(input);
    },
  };
  const queue = (input: unknown) => ({ name: "queue", input, bytes: undefined });
  const add = (change: number) => {
    assert.ok(db.isTransaction, "it is committed with the messages");
    added.push(change);
  };
  assert.equal(commitBatch(db, counted, [queue(1), put(1), queue(2)], { add }).queued, 3);
  assert.deepEqual(added, [3]);
  assert.equal(commitBatch(db, counted, [queue(1), queue("broken"), queue(-2)], { add }).queued, -1);
  assert.deepEqual(added, [3, 1, -2]);
});
