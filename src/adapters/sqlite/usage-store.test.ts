import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { plusMs } from "../../core/instant.ts";
import { NOON, sampleMessage } from "../../ports/contract/sample-message.ts";
import { KNOWN_RECIPIENT_DAYS } from "../../ports/usage-store.ts";
import { openStore } from "./open-store.ts";
import { sqliteQueueStore } from "./queue-store.ts";
import { sqliteUsageStore } from "./usage-store.ts";

const ALICE = "account:alice@example.test";
const DAY_MS = 86_400_000;

test("what has been counted is there after a restart, and the limit holds on", async (t) => {
  const folder = await tempDir();
  t.after(() => folder.remove());
  const path = join(folder.path, "postern.db");
  const first = await openStore({ path });
  await sqliteUsageStore(first).set(ALICE, { recipientsPerDay: 1 });
  const send = (n: number) => sampleMessage(n, { decision: { identity: ALICE } });
  assert.ok((await sqliteQueueStore(first).accept(send(1))).ok);
  await first.close();
  const second = await openStore({ path });
  t.after(() => second.close());
  assert.equal((await sqliteQueueStore(second).accept(send(2))).ok, false);
  assert.equal((await sqliteUsageStore(second).show(ALICE, NOON)).use.dayRecipients, 1);
});

test("what no limit looks at any more is pruned, and what one does is not", async (t) => {
  const folder = await tempDir();
  const store = await openStore({ path: join(folder.path, "postern.db") });
  t.after(async () => {
    await store.close();
    await folder.remove();
  });
  const usage = sqliteUsageStore(store);
  await sqliteQueueStore(store).accept(sampleMessage(1, { decision: { identity: ALICE } }));
  assert.equal(await usage.prune(plusMs(NOON, DAY_MS)), 0);
  assert.equal(await usage.isFirstTime("alice@example.test", "bob@example.org"), false);
  assert.equal(await usage.prune(plusMs(NOON, 2 * DAY_MS)), 1);
  assert.equal(await usage.prune(plusMs(NOON, (KNOWN_RECIPIENT_DAYS + 1) * DAY_MS)), 1);
  assert.equal(await usage.isFirstTime("alice@example.test", "bob@example.org"), true);
});
