import type { EffectiveRules } from "./subject-rules.ts";
import type { UseRow } from "./use-row.ts";

/** From this share of a day's recipients on, addresses that do not exist are a sign of a bought or guessed list. */
const FAILURE_SHARE = 0.25;

/**
 * Whether what has been seen of an account is enough to contain it, and in which words for a person. A pure function of the
 * present counts; each rule means "this many are the first too many".
 */
export function containmentCause(rules: EffectiveRules, row: UseRow): string | undefined {
  const recipients = row.stepRecipients + row.beforeRecipients;
  if (reaches(recipients, rules.containRecipients))
    return `${recipients} recipients within ten minutes (rule containRecipients=${rules.containRecipients})`;
  const firstTime = row.stepFirstTime + row.beforeFirstTime;
  if (reaches(firstTime, rules.containFirstTime))
    return `${firstTime} recipients it had never sent to within ten minutes (rule containFirstTime=${rules.containFirstTime})`;
  const { dayFailures, dayRecipients } = row;
  if (reaches(dayFailures, rules.containFailures) && dayFailures >= FAILURE_SHARE * dayRecipients)
    return `${dayFailures} of today's ${dayRecipients} recipients refused for good (rule containFailures=${rules.containFailures})`;
  return undefined;
}

function reaches(count: number, threshold: number | undefined): boolean {
  return threshold !== undefined && count >= threshold;
}
