import { memoryAppPasswordStore } from "../../src/adapters/memory/memory-app-password-store.ts";
import { memoryBodyStore } from "../../src/adapters/memory/memory-body-store.ts";
import { memoryContainmentStore } from "../../src/adapters/memory/memory-containment-store.ts";
import { memoryDirectory } from "../../src/adapters/memory/memory-directory.ts";
import { memoryDirectoryTables } from "../../src/adapters/memory/memory-directory-tables.ts";
import { memoryGrantStore } from "../../src/adapters/memory/memory-grant-store.ts";
import { memoryGuessStore } from "../../src/adapters/memory/memory-guess-store.ts";
import { memoryJournal } from "../../src/adapters/memory/memory-journal.ts";
import { memoryPolicyStore } from "../../src/adapters/memory/memory-policy-store.ts";
import { memoryQueueStore } from "../../src/adapters/memory/memory-queue-store.ts";
import { memoryRouteStore } from "../../src/adapters/memory/memory-route-store.ts";
import { memorySendingState } from "../../src/adapters/memory/memory-sending-state.ts";
import { memoryUsageStore } from "../../src/adapters/memory/memory-usage-store.ts";
import type { AdminContext } from "../../src/admin/admin-context.ts";
import { type Instant, instant } from "../../src/core/instant.ts";
import { err } from "../../src/core/result.ts";
import { DEFAULT_SETTINGS } from "../../src/relay/policy.ts";

/** The present of tests that do not move it. */
export const NOON: Instant = instant(Date.UTC(2026, 10, 24, 12));

/** An administrator's context over stores in memory, with what a test wants otherwise. */
export function memoryAdminContext(own: Partial<AdminContext> = {}): AdminContext {
  const journal = memoryJournal();
  const tables = memoryDirectoryTables();
  const sending = memorySendingState(tables);
  return {
    actor: "cli:test",
    clock: () => NOON,
    directory: memoryDirectory(tables),
    policies: memoryPolicyStore({ settings: DEFAULT_SETTINGS, privileged: [] }),
    routes: memoryRouteStore(),
    queue: memoryQueueStore(journal, sending),
    bodies: memoryBodyStore(),
    grants: memoryGrantStore(),
    usage: memoryUsageStore(journal, sending),
    sendingRules: memoryUsageStore(journal, sending),
    containments: memoryContainmentStore(sending),
    guesses: memoryGuessStore(),
    appPasswords: memoryAppPasswordStore(),
    newAppPassword: () => ({ password: "app-password", hash: "hash of app-password" }),
    journal,
    // Passwords in tests are hashed by nothing, so that a test can see which one was taken.
    hashPassword: async (password) => ({
      argon2id: `plain:${password}`,
      scramSha256: {
        salt: new Uint8Array(16),
        iterations: 4096,
        storedKey: new Uint8Array(32),
        serverKey: new Uint8Array(32),
      },
    }),
    explain: async () => err("this context explains nothing"),
    checks: [],
    health: () => ({ ready: true, reasons: [] }),
    wakeQueue: () => {},
    forgetGuesses: () => {},
    ...own,
  };
}
