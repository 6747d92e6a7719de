import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { NOON, queueId, sampleMessage } from "../../ports/contract/sample-message.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { openStore, type OpenStore as SqliteStore, type StoreOptions } from "./open-store.ts";
import { sqliteQueueStore } from "./queue-store.ts";

async function open(t: TestContext, options: Partial<StoreOptions> = {}): Promise<SqliteStore> {
  const folder = await tempDir();
  const store = await openStore({ path: join(folder.path, "postern.db"), ...options });
  t.after(async () => {
    await store.close();
    await folder.remove();
  });
  return store;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

test("what is asked for in one turn of the event loop is one commit", async (t) => {
  const store = await open(t);
  const queue = sqliteQueueStore(store);
  const before = store.counters();
  await Promise.all(numbers(1, 100).map((n) => queue.accept(sampleMessage(n))));
  const after = store.counters();
  assert.equal(after.operations - before.operations, 100);
  assert.equal(after.commits - before.commits, 1);
});

test("what gathers while a commit runs is the next commit", async (t) => {
  const store = await open(t);
  const queue = sqliteQueueStore(store);
  const first = queue.accept({
    ...sampleMessage(1),
    body: { kind: "inline", bytes: new Uint8Array(32 * 1024 * 1024) },
  });
  const rest: Promise<unknown>[] = [];
  for (const n of numbers(2, 40)) {
    await new Promise(setImmediate);
    rest.push(queue.accept(sampleMessage(n)));
  }
  await Promise.all([first, ...rest]);
  assert.ok(store.counters().commits < 20, `${store.counters().commits} commits for 40 messages`);
});

test("a body can still be read after it was accepted, however large", async (t) => {
  const queue = sqliteQueueStore(await open(t));
  const bytes = new Uint8Array(300_000).fill(7);
  await queue.accept({ ...sampleMessage(1), body: { kind: "inline", bytes } });
  assert.deepEqual(bytes, new Uint8Array(300_000).fill(7));
});

test("accepted messages and their leases are there when the store is opened again", async (t) => {
  const folder = await tempDir();
  const path = join(folder.path, "postern.db");
  const first = await openStore({ path });
  const queue = sqliteQueueStore(first);
  await queue.accept(sampleMessage(1, { text: "kept" }));
  await queue.claim({ lane: "outbound", now: NOON, leaseMs: 1000, limit: 1 });
  await first.close();
  const again = await openStore({ path });
  t.after(async () => {
    await again.close();
    await folder.remove();
  });
  const reopened = sqliteQueueStore(again);
  assert.equal(await reopened.releaseLeases(), 1);
  const [claimed] = await reopened.claim({ lane: "outbound", now: NOON, leaseMs: 1000, limit: 1 });
  assert.equal(claimed?.body.kind === "inline" && Buffer.from(claimed.body.bytes).toString(), "kept");
});

test("operations beyond the bound are refused at once, and taken again when there is room", async (t) => {
  const queue = sqliteQueueStore(await open(t, { maxWaiting: 2, maxWaitingBytes: 16 }));
  const settled = await Promise.allSettled(numbers(1, 3).map((n) => queue.accept(sampleMessage(n))));
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected"],
  );
  assert.ok(settled[2]?.status === "rejected" && settled[2].reason instanceof StoreUnavailable);
  const large = { ...sampleMessage(4), body: { kind: "inline", bytes: new Uint8Array(17) } } as const;
  await assert.rejects(queue.accept(large), /already wait/);
  await queue.accept(sampleMessage(5));
});

test("while another program holds the database operations are refused, and taken after that", async (t) => {
  const folder = await tempDir();
  const path = join(folder.path, "postern.db");
  const store = await openStore({ path, busyTimeoutMs: 10 });
  const other = new DatabaseSync(path);
  t.after(async () => {
    other.close();
    await store.close();
    await folder.remove();
  });
  const queue = sqliteQueueStore(store);
  other.exec("BEGIN IMMEDIATE");
  const settled = await Promise.allSettled([queue.accept(sampleMessage(1)), queue.accept(sampleMessage(2))]);
  other.exec("ROLLBACK");
  for (const one of settled) {
    assert.ok(one.status === "rejected" && one.reason instanceof StoreUnavailable);
    assert.match(one.reason.message, /postern\.db could not be written: database is locked/);
  }
  await queue.accept(sampleMessage(1));
  assert.ok(await queue.show(queueId(10)));
});

test("closing commits what waits and refuses what comes after, reading too", async (t) => {
  const failures: Error[] = [];
  const onDown = (error: Error) => failures.push(error);
  const store = await open(t, { onDown, onFailure: onDown });
  const queue = sqliteQueueStore(store);
  const waiting = queue.accept(sampleMessage(1));
  const closed = store.close();
  await assert.rejects(queue.accept(sampleMessage(2)), /is closed/);
  await waiting;
  await closed;
  await assert.rejects(queue.show(queueId(10)), StoreUnavailable);
  await store.close();
  assert.deepEqual(failures, []);
});

test("after closing everything is in the database itself, and no log of writes lies beside it", async (t) => {
  const folder = await tempDir();
  t.after(() => folder.remove());
  const path = join(folder.path, "postern.db");
  const store = await openStore({ path });
  await sqliteQueueStore(store).accept(sampleMessage(1));
  await store.close();
  assert.deepEqual(await readdir(folder.path), ["postern.db"]);
});
