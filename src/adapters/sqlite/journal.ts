import type { SQLInputValue } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Journal, JournalEntry, JournalFilter } from "../../ports/journal.ts";
import { integer } from "./columns.ts";
import { DECISION_COLUMNS, decisionFrom, decisionValues } from "./journal-columns.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

// A search reads so many entries at a time and then lets the event loop do other work: some ten milliseconds.
const CHUNK = 5000;
const DEFAULT_LIMIT = 1000;
const COLUMNS = DECISION_COLUMNS.join(", ");

/** The journal in a {@link SqliteStore}. */
export function sqliteJournal(store: SqliteStore): Journal {
  const byId = store.ask((db) => arrays(db, `SELECT ${COLUMNS} FROM decision WHERE id = ?`));
  const chunkEnd = store.ask((db) =>
    arrays(db, `SELECT at, id FROM decision WHERE ${BELOW} ${NEWEST_FIRST} LIMIT 1 OFFSET ${CHUNK - 1}`),
  );
  return {
    async record(entries) {
      await store.run("recordDecisions", entries.map(decisionValues));
    },
    async show(id) {
      const row = store.ask(() => byId.get(id));
      return row && decisionFrom(row);
    },
    async search(filter) {
      const limit = filter.limit ?? DEFAULT_LIMIT;
      const condition = filterCondition(filter);
      const chunk = store.ask((db) => arrays(db, chunkSql(condition.sql)));
      const found: JournalEntry[] = [];
      let below: Position | undefined = { at: filter.until ?? Number.MAX_SAFE_INTEGER, id: 0 };
      while (below && found.length < limit) {
        const { at, id }: Position = below;
        const bounds = [at, id, filter.since ?? 0];
        below = store.askTogether(() => {
          const rows = chunk.all(...bounds, ...condition.values, limit - found.length);
          found.push(...rows.map(decisionFrom));
          const end = chunkEnd.get(...bounds);
          return end && { at: integer(end[0]), id: integer(end[1]) };
        });
        if (below) await nextTurn();
      }
      return found;
    },
    async prune(before) {
      let pruned = 0;
      for (let last = CHUNK; last === CHUNK; pruned += last) {
        last = await store.run("pruneDecisions", { before, limit: CHUNK });
      }
      return pruned;
    },
  };
}

/** A place in the journal: entries are ordered by time, those of one millisecond by id. */
interface Position {
  readonly at: number;
  readonly id: number;
}

const BELOW = "(at, id) < (?, ?) AND at >= ?";
const NEWEST_FIRST = "ORDER BY at DESC, id DESC";

function chunkSql(condition: string): string {
  return `SELECT ${COLUMNS} FROM (SELECT * FROM decision WHERE ${BELOW} ${NEWEST_FIRST} LIMIT ${CHUNK})
    WHERE ${condition} ${NEWEST_FIRST} LIMIT ?`;
}

function filterCondition(filter: JournalFilter): { sql: string; values: SQLInputValue[] } {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  for (const column of ["client", "login", "sender", "recipient", "reason"] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    parts.push(`${column} = ? COLLATE NOCASE`);
    values.push(value);
  }
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values };
}
