import { appPasswordStoreContract } from "../../ports/contract/app-password-store-contract.ts";
import { bodyStoreContract } from "../../ports/contract/body-store-contract.ts";
import { directoryAdminContract } from "../../ports/contract/directory-admin-contract.ts";
import { directoryContract } from "../../ports/contract/directory-contract.ts";
import { grantStoreContract } from "../../ports/contract/grant-store-contract.ts";
import { guessStoreContract } from "../../ports/contract/guess-store-contract.ts";
import { journalContract } from "../../ports/contract/journal-contract.ts";
import { policyStoreContract } from "../../ports/contract/policy-store-contract.ts";
import { queueStoreContract } from "../../ports/contract/queue-store-contract.ts";
import { routeStoreContract } from "../../ports/contract/route-store-contract.ts";
import { sendingContract } from "../../ports/contract/sending-contract.ts";
import { memoryAppPasswordStore } from "./memory-app-password-store.ts";
import { memoryBodyStore } from "./memory-body-store.ts";
import { memoryContainmentStore } from "./memory-containment-store.ts";
import { memoryDirectory } from "./memory-directory.ts";
import { memoryDirectoryTables } from "./memory-directory-tables.ts";
import { memoryGrantStore } from "./memory-grant-store.ts";
import { memoryGuessStore } from "./memory-guess-store.ts";
import { memoryJournal } from "./memory-journal.ts";
import { memoryPolicyStore } from "./memory-policy-store.ts";
import { memoryQueueStore } from "./memory-queue-store.ts";
import { memoryRouteStore } from "./memory-route-store.ts";
import { memorySendingState } from "./memory-sending-state.ts";
import { memoryUsageStore } from "./memory-usage-store.ts";

queueStoreContract("memory", async () => {
  const journal = memoryJournal();
  return { queue: memoryQueueStore(journal), journal, usage: memoryUsageStore(journal) };
});
sendingContract("memory", async () => {
  const tables = memoryDirectoryTables();
  const state = memorySendingState(tables);
  const usage = memoryUsageStore(memoryJournal(), state);
  return {
    queue: memoryQueueStore(memoryJournal(), state),
    usage,
    rules: usage,
    containments: memoryContainmentStore(state),
    directory: memoryDirectory(tables),
  };
});
journalContract("memory", async () => memoryJournal());
directoryContract("memory", async () => memoryDirectory());
directoryAdminContract("memory", async () => memoryDirectory());
policyStoreContract("memory", async (_, settings) => {
  const policies = memoryPolicyStore({ settings, privileged: [] });
  return { policies, reopen: async () => policies };
});
routeStoreContract("memory", async () => memoryRouteStore());
appPasswordStoreContract("memory", async () => memoryAppPasswordStore());
guessStoreContract("memory", async () => memoryGuessStore());
grantStoreContract("memory", async () => memoryGrantStore());
bodyStoreContract("memory", async () => memoryBodyStore());
