import { DAY_MS } from "../../core/sending-limits.ts";
import { utcDay } from "../../ports/privileged-uses.ts";
import type { SendingRules } from "../../ports/sending-rules.ts";
import { quotasOf, rulesOf } from "../../ports/usage-rules/sending-ledger.ts";
import { useRowAt } from "../../ports/usage-rules/use-row.ts";
import { KNOWN_RECIPIENT_DAYS, type UsageStore } from "../../ports/usage-store.ts";
import { integer, text } from "./columns.ts";
import { ledgerLookup, rulesFrom, rulesToText } from "./sending-ledger-tables.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

const PRUNED_AT_A_TIME = 5000;

/** Limits and use in a {@link SqliteStore}, as `accept` counts them. */
export function sqliteUsageStore(store: SqliteStore): UsageStore & SendingRules {
  const { ofDay, rules, lookup } = store.ask((db) => ({
    ofDay: arrays(db, "SELECT entry, recipients FROM privileged_use WHERE day = ?"),
    rules: arrays(db, "SELECT subject, rules FROM sending_rule ORDER BY subject"),
    lookup: ledgerLookup(db),
  }));
  return {
    async privilegedToday(now) {
      const rows = store.ask(() => ofDay.all(utcDay(now)));
      return new Map(rows.map(([entry, recipients]) => [integer(entry), integer(recipients)]));
    },
    async quotas(subjects, now) {
      const all = store.ask(() =>
        subjects.map((subject) => [subject, quotasOf(lookup, subject, now)] as const),
      );
      return new Map(all.filter(([, quotas]) => quotas.length > 0));
    },
    isFirstTime: async (account, recipient) =>
      store.ask(() => lookup.seenDay(account, recipient.toLowerCase()) === undefined),
    async prune(now) {
      const today = Math.floor(now / DAY_MS);
      const bounds = { usedBefore: today - 1, seenBefore: today - KNOWN_RECIPIENT_DAYS };
      let pruned = 0;
      for (let last = PRUNED_AT_A_TIME; last >= PRUNED_AT_A_TIME; pruned += last)
        last = await store.run("pruneUses", { ...bounds, limit: PRUNED_AT_A_TIME });
      return pruned;
    },
    list: async () =>
      store.ask(() => rules.all().map((row) => ({ subject: text(row[0]), rules: rulesFrom(text(row[1])) }))),
    show: async (subject, now) =>
      store.ask(() => ({
        rules: rulesOf(subject, lookup.bounds(subject)),
        use: useRowAt(lookup.use(subject), now),
      })),
    async set(subject, set) {
      const rules = Object.keys(set).length === 0 ? undefined : rulesToText(set);
      await store.run("setSendingRules", { subject, rules });
    },
  };
}
