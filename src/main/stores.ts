import { hashedAppPassword } from "../adapters/auth-app-passwords/app-password-secret.ts";
import { hashPassword } from "../adapters/auth-integrated/password-hash.ts";
import { bodyFiles } from "../adapters/body-files/body-files.ts";
import type { DataPaths } from "../adapters/data-folder/data-paths.ts";
import { pbsGrantStore } from "../adapters/pbs-files/pbs-grant-store.ts";
import { sqliteAppPasswordStore } from "../adapters/sqlite/app-password-store.ts";
import { sqliteContainmentStore } from "../adapters/sqlite/containment-store.ts";
import { sqliteDirectory } from "../adapters/sqlite/directory.ts";
import { sqliteGuessStore } from "../adapters/sqlite/guess-store.ts";
import { sqliteJournal } from "../adapters/sqlite/journal.ts";
import { openStore, type StoreEvents } from "../adapters/sqlite/open-store.ts";
import { sqlitePolicyStore } from "../adapters/sqlite/policy-store.ts";
import { sqliteQueueStore } from "../adapters/sqlite/queue-store.ts";
import { sqliteRouteStore } from "../adapters/sqlite/route-store.ts";
import { sqliteUsageStore } from "../adapters/sqlite/usage-store.ts";
import type { Clock } from "../core/instant.ts";
import type { AppPasswordStore } from "../ports/app-password-store.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { ContainmentStore } from "../ports/containment-store.ts";
import type { DirectoryAdmin } from "../ports/directory.ts";
import type { GrantStore } from "../ports/grant-store.ts";
import type { GuessStore } from "../ports/guess-store.ts";
import type { Journal } from "../ports/journal.ts";
import type { PolicyStore } from "../ports/policy-store.ts";
import type { QueueStore } from "../ports/queue-store.ts";
import type { RouteStore } from "../ports/route-store.ts";
import type { SendingRules } from "../ports/sending-rules.ts";
import type { UsageStore } from "../ports/usage-store.ts";
import { DEFAULT_SETTINGS } from "../relay/policy.ts";

/** Everything that is kept: the embedded combination, SQLite with local files (docs/adr/0004-storage.md). */
export interface Stores {
  readonly directory: DirectoryAdmin;
  readonly policies: PolicyStore;
  readonly routes: RouteStore;
  readonly queue: QueueStore;
  readonly journal: Journal;
  readonly usage: UsageStore & SendingRules;
  readonly containments: ContainmentStore;
  readonly guesses: GuessStore;
  readonly appPasswords: AppPasswordStore;
  readonly grants: GrantStore;
  readonly bodies: BodyStore;
  readonly hashPassword: typeof hashPassword;
  /** Has `goOn` called from now on whenever the store thread has died and been started again. */
  whenRevived(goOn: () => void): void;
  readonly newAppPassword: typeof hashedAppPassword;
  close(): Promise<void>;
}

/** Opens the stores of a data folder whose lock this process holds. */
export async function openStores(
  paths: DataPaths,
  clock: Clock,
  events: Omit<StoreEvents, "onRevived"> = {},
): Promise<Stores> {
  let onRevived = (): void => {};
  const store = await openStore({ ...events, path: paths.database, onRevived: () => onRevived() });
  return {
    directory: sqliteDirectory(store),
    policies: await sqlitePolicyStore(store, { settings: DEFAULT_SETTINGS, at: clock() }),
    routes: sqliteRouteStore(store),
    queue: sqliteQueueStore(store),
    journal: sqliteJournal(store),
    usage: sqliteUsageStore(store),
    containments: sqliteContainmentStore(store),
    guesses: sqliteGuessStore(store),
    appPasswords: sqliteAppPasswordStore(store),
    grants: pbsGrantStore(paths.connections),
    bodies: bodyFiles(paths.spool),
    hashPassword,
    whenRevived(goOn) {
      onRevived = goOn;
    },
    newAppPassword: hashedAppPassword,
    close: () => store.close(),
  };
}
