import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { NOON, queueId, sampleMessage } from "../../ports/contract/sample-message.ts";
import { messageCount } from "./message-count.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { openStore } from "./open-store.ts";
import { sqliteQueueStore } from "./queue-store.ts";

async function pathIn(t: TestContext): Promise<string> {
  const folder = await tempDir();
  t.after(() => folder.remove());
  return join(folder.path, "postern.db");
}

test("a start knows how many messages are queued without looking at them", async (t) => {
  const path = await pathIn(t);
  const store = await openStore({ path });
  t.after(() => store.close());
  const queue = sqliteQueueStore(store);
  await Promise.all([1, 2, 3].map((number) => queue.accept(sampleMessage(number))));
  await queue.act("drop", { ids: [queueId(10)] }, NOON);
  assert.equal(queue.state().queuedMessages, 2);
  await store.close();
  const again = await openStore({ path });
  t.after(() => again.close());
  assert.equal(again.state().queuedMessages, 2);
  const db = new DatabaseSync(path, { readOnly: true });
  assert.equal(db.prepare("SELECT count(*) AS messages FROM message").get()?.["messages"], 2);
  db.close();
});

test("a database from before there was a count is counted once", (t) => {
  const db = new DatabaseSync(":memory:");
  t.after(() => db.close());
  const before = MIGRATIONS.findIndex((step) => step.includes("CREATE TABLE message_count"));
  migrate(db, 0, MIGRATIONS.slice(0, before));
  for (const id of [1, 2])
    db.exec(
      `INSERT INTO message (id, accepted_at, expires_at, sender, size, smtp_utf8, eight_bit, client, listener, first_row,
         last_row) VALUES (${id}, 1, 2, '', 3, 0, 0, '127.0.0.1', 'mx', 1, 1)`,
    );
  migrate(db, before);
  assert.equal(messageCount(db).read(), 2);
});
