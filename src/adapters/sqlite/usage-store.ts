import { utcDay } from "../../ports/privileged-uses.ts";
import type { UsageStore } from "../../ports/usage-store.ts";
import { integer } from "./columns.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-thread.ts";

/** The use of privileged entries in a {@link SqliteStore}, as `accept` counts it. */
export function sqliteUsageStore(store: SqliteStore): UsageStore {
  const ofDay = store.ask((db) => arrays(db, "SELECT entry, recipients FROM privileged_use WHERE day = ?"));
  return {
    async privilegedToday(now) {
      const rows = store.ask(() => ofDay.all(utcDay(now)));
      return new Map(rows.map(([entry, recipients]) => [integer(entry), integer(recipients)]));
    },
  };
}
