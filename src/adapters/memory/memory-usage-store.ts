import { instant } from "../../core/instant.ts";
import type { Journal } from "../../ports/journal.ts";
import { privilegedUses, utcDay } from "../../ports/privileged-uses.ts";
import type { UsageStore } from "../../ports/usage-store.ts";

/** The use of privileged entries, counted from the decisions of accepted messages in `journal`. */
export function memoryUsageStore(journal: Journal): UsageStore {
  return {
    async privilegedToday(now) {
      const midnight = instant(utcDay(now) * 86_400_000);
      const today = await journal.search({ since: midnight, limit: Number.MAX_SAFE_INTEGER });
      const accepted = today.filter((entry) => entry.message !== undefined);
      const uses = privilegedUses(accepted).filter(({ day }) => day === utcDay(now));
      return new Map(uses.map(({ entry, recipients }) => [entry, recipients]));
    },
  };
}
