import type { Journal, JournalEntry, JournalFilter } from "../../ports/journal.ts";

/** A journal that lasts as long as the process. */
export function memoryJournal(): Journal {
  const entries = new Map<number, JournalEntry>();
  return {
    async record(added) {
      for (const entry of added) entries.set(entry.id, entry);
    },
    show: async (id) => entries.get(id),
    search: async (filter) =>
      [...entries.values()]
        .filter((entry) => matches(filter, entry))
        .sort((a, b) => b.at - a.at || b.id - a.id)
        .slice(0, filter.limit ?? 1000),
    async prune(before) {
      const old = [...entries.values()].filter((entry) => entry.at < before);
      for (const entry of old) entries.delete(entry.id);
      return old.length;
    },
  };
}

function matches(filter: JournalFilter, entry: JournalEntry): boolean {
  return (
    (filter.since === undefined || entry.at >= filter.since) &&
    (filter.until === undefined || entry.at < filter.until) &&
    sameText(filter.client, entry.client) &&
    sameText(filter.login, entry.login) &&
    sameText(filter.sender, entry.sender) &&
    sameText(filter.recipient, entry.recipient) &&
    sameText(filter.reason, entry.reason)
  );
}

function sameText(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === found?.toLowerCase();
}
