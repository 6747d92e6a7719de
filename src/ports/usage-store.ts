import type { Instant } from "../core/instant.ts";

/** What has been relayed on the account of a privileged entry. Counted in the commit that accepts the message. */
export interface UsageStore {
  /** Recipients relayed on the UTC day of `now`, by entry id; entries without use are absent. */
  privilegedToday(now: Instant): Promise<ReadonlyMap<number, number>>;
}
