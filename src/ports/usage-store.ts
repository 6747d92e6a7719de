import type { Instant } from "../core/instant.ts";
import type { Quota } from "../core/sending-limits.ts";

/**
 * What has been sent on whose account. Counted in the commit that accepts the message, so that a restart forgets nothing
 * and no message costs a commit more. A subject is an identity as the journal has it (`account:alice@example.test`,
 * `privileged:3`, `grant:192.0.2.7`), or a post office (`postoffice:acme`).
 */
export interface UsageStore {
  /** Recipients relayed on the UTC day of `now`, by entry id; entries without use are absent. */
  privilegedToday(now: Instant): Promise<ReadonlyMap<number, number>>;
  /** The limits that bound each subject, its post office's among them, with their use now; unbounded subjects are absent. */
  quotas(subjects: readonly string[], now: Instant): Promise<ReadonlyMap<string, readonly Quota[]>>;
  /** Whether the account has not sent to the address before, as far as is remembered: half a year. */
  isFirstTime(account: string, recipient: string): Promise<boolean>;
  /** Deletes what no limit looks at any more; returns how many rows. */
  prune(now: Instant): Promise<number>;
}

/** Recipients that an account has not sent to for so many days are forgotten. */
export const KNOWN_RECIPIENT_DAYS = 180;
