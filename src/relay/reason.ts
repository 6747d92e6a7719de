/**
 * Why a decision fell as it did. A closed list: log, journal, metrics, API and documentation use these words and
 * no others. `docs/relay-policy.md` says what each means and what to do.
 */
export const REASONS = [
  "local-recipient",
  "granted-authenticated",
  "granted-pop-before-smtp",
  "granted-privileged-ip",
  "granted-local-sender",
  "denied-relay-off",
  "denied-no-ground",
  "denied-unknown-recipient",
  "denied-sender-not-yours",
  "denied-blocked",
  "denied-suspended",
  "denied-limit",
  "denied-failed-login",
  "denied-address-form",
  "deferred-lookup",
] as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[number];

/** The four reasons to relay, strongest first (SPEC R-7). */
export const GROUNDS = ["authenticated", "pop-before-smtp", "privileged-ip", "local-sender"] as const;

/** One of {@link GROUNDS}. */
export type Ground = (typeof GROUNDS)[number];
