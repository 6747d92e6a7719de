import { instant } from "../../core/instant.ts";
import type { Journal } from "../../ports/journal.ts";
import { privilegedUses, utcDay } from "../../ports/privileged-uses.ts";
import type { SendingRules } from "../../ports/sending-rules.ts";
import { quotasOf, rulesOf } from "../../ports/usage-rules/sending-ledger.ts";
import { useRowAt } from "../../ports/usage-rules/use-row.ts";
import type { UsageStore } from "../../ports/usage-store.ts";
import { memoryJournal } from "./memory-journal.ts";
import { type MemorySendingState, memorySendingState } from "./memory-sending-state.ts";

/** Limits and use, with privileged entries counted from the decisions of accepted messages in `journal`. */
export function memoryUsageStore(
  journal: Journal = memoryJournal(),
  { rules, uses, ledger }: MemorySendingState = memorySendingState(),
): UsageStore & SendingRules {
  return {
    async privilegedToday(now) {
      const midnight = instant(utcDay(now) * 86_400_000);
      const today = await journal.search({ since: midnight, limit: Number.MAX_SAFE_INTEGER });
      const accepted = today.filter((entry) => entry.message !== undefined);
      const uses = privilegedUses(accepted).filter(({ day }) => day === utcDay(now));
      return new Map(uses.map(({ entry, recipients }) => [entry, recipients]));
    },
    async quotas(subjects, now) {
      const all = subjects.map((subject) => [subject, quotasOf(ledger, subject, now)] as const);
      return new Map(all.filter(([, quotas]) => quotas.length > 0));
    },
    isFirstTime: async (account, recipient) => ledger.seenDay(account, recipient.toLowerCase()) === undefined,
    async prune(now) {
      const old = [...uses].filter(([, { day }]) => day < utcDay(now) - 1);
      for (const [subject] of old) uses.delete(subject);
      return old.length;
    },
    list: async () =>
      [...rules]
        .map(([subject, set]) => ({ subject, rules: set }))
        .sort((a, b) => (a.subject < b.subject ? -1 : 1)),
    show: async (subject, now) => ({
      rules: rulesOf(subject, ledger.bounds(subject)),
      use: useRowAt(uses.get(subject), now),
    }),
    async set(subject, set) {
      if (Object.keys(set).length === 0) rules.delete(subject);
      else rules.set(subject, set);
    },
  };
}
