import type { Instant } from "../../core/instant.ts";
import { err, ok } from "../../core/result.ts";
import type { PolicyStore } from "../../ports/policy-store.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import type { PrivilegedEntry, RelayPolicy, RelaySettings } from "../../relay/policy.ts";
import { integer, text } from "./columns.ts";
import { entryFromJson, entryToJson, settingsFromJson, settingsToJson } from "./policy-json.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

/** What a new database begins with. */
export interface FirstPolicy {
  /** The defaults; also what a policy of an earlier version has for settings that came later. */
  readonly settings: RelaySettings;
  readonly at: Instant;
}

/**
 * The policies in a {@link SqliteStore}. The one in force stays in memory: nobody but this process changes it.
 * Rejects with {@link StoreUnavailable} where it cannot be read.
 */
export async function sqlitePolicyStore(store: SqliteStore, first: FirstPolicy): Promise<PolicyStore> {
  await store.run("seedPolicy", { at: first.at, settings: settingsToJson(first.settings) });
  const { latest, settings, entries } = store.ask((db) => ({
    latest: arrays(db, "SELECT max(number) FROM policy_version"),
    settings: arrays(db, "SELECT settings FROM policy_version WHERE number = ?"),
    entries: arrays(
      db,
      `SELECT id, fields FROM privileged_entry
       WHERE added_in <= ?1 AND (removed_in IS NULL OR removed_in > ?1) ORDER BY id`,
    ),
  }));
  const listeners = new Set<(policy: RelayPolicy) => void>();

  function loadLatest(): RelayPolicy {
    const policy = load(integer(latest.get()?.[0]));
    if (policy) return policy;
    throw new StoreUnavailable("The database holds no policy; restore a backup.");
  }

  function load(number: number): RelayPolicy | undefined {
    const row = settings.get(number);
    if (!row) return undefined;
    const privileged = entries.all(number).map(([id, fields]) => entryFromJson(integer(id), text(fields)));
    return { number, settings: settingsFromJson(text(row[0]), first.settings), privileged };
  }

  let current = store.askTogether(loadLatest);
  return {
    async current() {
      return current;
    },
    version: async (number) => (number === current.number ? current : store.askTogether(() => load(number))),
    async save({ base, settings, privileged, author, comment, at }) {
      const saved = await store.run("savePolicy", {
        base,
        at,
        author,
        comment,
        settings: settingsToJson(settings),
        entries: privileged.map((entry) => [entry.id, entryToJson(entry)]),
      });
      if (saved.kind === "conflict") return err("conflict");
      current = { number: saved.number, settings, privileged: withIds(privileged, saved.ids) };
      for (const listener of listeners) listener(current);
      return ok(current);
    },
    subscribe(listener) {
      const own = (policy: RelayPolicy) => listener(policy);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}

function withIds(privileged: readonly PrivilegedEntry[], ids: readonly number[]): PrivilegedEntry[] {
  return privileged
    .map((entry, index) => ({ ...entry, id: ids[index] ?? entry.id }))
    .sort((a, b) => a.id - b.id);
}
