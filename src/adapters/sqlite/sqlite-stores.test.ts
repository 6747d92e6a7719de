import { join } from "node:path";
import type { TestContext } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { appPasswordStoreContract } from "../../ports/contract/app-password-store-contract.ts";
import { directoryAdminContract } from "../../ports/contract/directory-admin-contract.ts";
import { directoryContract } from "../../ports/contract/directory-contract.ts";
import { guessStoreContract } from "../../ports/contract/guess-store-contract.ts";
import { journalContract } from "../../ports/contract/journal-contract.ts";
import { policyStoreContract } from "../../ports/contract/policy-store-contract.ts";
import { queueStoreContract } from "../../ports/contract/queue-store-contract.ts";
import { routeStoreContract } from "../../ports/contract/route-store-contract.ts";
import { NOON } from "../../ports/contract/sample-message.ts";
import { sendingContract } from "../../ports/contract/sending-contract.ts";
import { sqliteAppPasswordStore } from "./app-password-store.ts";
import { sqliteContainmentStore } from "./containment-store.ts";
import { sqliteDirectory } from "./directory.ts";
import { sqliteGuessStore } from "./guess-store.ts";
import { sqliteJournal } from "./journal.ts";
import { openStore, type OpenStore as SqliteStore } from "./open-store.ts";
import { sqlitePolicyStore } from "./policy-store.ts";
import { sqliteQueueStore } from "./queue-store.ts";
import { sqliteRouteStore } from "./route-store.ts";
import { sqliteUsageStore } from "./usage-store.ts";

async function emptyStore(t: TestContext): Promise<SqliteStore> {
  const folder = await tempDir();
  const store = await openStore({ path: join(folder.path, "postern.db") });
  t.after(async () => {
    await store.close();
    await folder.remove();
  });
  return store;
}

queueStoreContract("SQLite", async (t) => {
  const store = await emptyStore(t);
  return { queue: sqliteQueueStore(store), journal: sqliteJournal(store), usage: sqliteUsageStore(store) };
});
sendingContract("SQLite", async (t) => {
  const store = await emptyStore(t);
  const usage = sqliteUsageStore(store);
  return {
    queue: sqliteQueueStore(store),
    usage,
    rules: usage,
    containments: sqliteContainmentStore(store),
    directory: sqliteDirectory(store),
  };
});
journalContract("SQLite", async (t) => sqliteJournal(await emptyStore(t)));
directoryContract("SQLite", async (t) => sqliteDirectory(await emptyStore(t)));
directoryAdminContract("SQLite", async (t) => sqliteDirectory(await emptyStore(t)));
policyStoreContract("SQLite", async (t, settings) => {
  const store = await emptyStore(t);
  const reopen = () => sqlitePolicyStore(store, { settings, at: NOON });
  return { policies: await reopen(), reopen };
});
appPasswordStoreContract("SQLite", async (t) => sqliteAppPasswordStore(await emptyStore(t)));
guessStoreContract("SQLite", async (t) => sqliteGuessStore(await emptyStore(t)));
routeStoreContract("SQLite", async (t) => sqliteRouteStore(await emptyStore(t)));
