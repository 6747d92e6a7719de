import type { Instant } from "../../core/instant.ts";
import { type Charge, DAY_MS, HOUR_MS, type SendingUse } from "../../core/sending-limits.ts";

/** A burst is counted in steps of this length: what is seen of it is the present step and the one before. */
export const BURST_STEP_MS = 5 * 60_000;

/**
 * What one subject has sent in the present hour and day and lately: one row a subject, whatever it sends, so that counting
 * is one row written and asking one row read. Steps, hours and days are numbered from 1970 in UTC.
 */
export interface UseRow {
  readonly step: number;
  readonly stepRecipients: number;
  readonly stepFirstTime: number;
  readonly beforeRecipients: number;
  readonly beforeFirstTime: number;
  readonly hour: number;
  readonly hourMessages: number;
  readonly hourRecipients: number;
  readonly day: number;
  readonly dayMessages: number;
  readonly dayRecipients: number;
  readonly dayFirstTime: number;
  /** Recipients that other servers have refused for good. */
  readonly dayFailures: number;
}

const EMPTY: UseRow = {
  step: 0,
  stepRecipients: 0,
  stepFirstTime: 0,
  beforeRecipients: 0,
  beforeFirstTime: 0,
  hour: 0,
  hourMessages: 0,
  hourRecipients: 0,
  day: 0,
  dayMessages: 0,
  dayRecipients: 0,
  dayFirstTime: 0,
  dayFailures: 0,
};

/**
 * The row as it stands at `now`: counts of an hour or day that is over are zero. A clock that was set back goes on with
 * the counts of the later time, so that nobody gets a second allowance by it.
 */
export function useRowAt(row: UseRow | undefined, now: Instant): UseRow {
  const [step, hour, day] = [BURST_STEP_MS, HOUR_MS, DAY_MS].map((ms) => Math.floor(now / ms)) as [
    number,
    number,
    number,
  ];
  let at = row ?? EMPTY;
  if (step > at.step) {
    const next = step === at.step + 1;
    at = {
      ...at,
      step,
      beforeRecipients: next ? at.stepRecipients : 0,
      beforeFirstTime: next ? at.stepFirstTime : 0,
      stepRecipients: 0,
      stepFirstTime: 0,
    };
  }
  if (hour > at.hour) at = { ...at, hour, hourMessages: 0, hourRecipients: 0 };
  if (day > at.day) at = { ...at, day, dayMessages: 0, dayRecipients: 0, dayFirstTime: 0, dayFailures: 0 };
  return at;
}

/** A present row with a charge counted in it. */
export function chargedRow(row: UseRow, { messages, recipients, firstTime }: Charge): UseRow {
  return {
    ...row,
    stepRecipients: row.stepRecipients + recipients,
    stepFirstTime: row.stepFirstTime + firstTime,
    hourMessages: row.hourMessages + messages,
    hourRecipients: row.hourRecipients + recipients,
    dayMessages: row.dayMessages + messages,
    dayRecipients: row.dayRecipients + recipients,
    dayFirstTime: row.dayFirstTime + firstTime,
  };
}

/** What of a present row limits are held against. */
export function useOf(row: UseRow): SendingUse {
  return {
    messagesPerHour: row.hourMessages,
    messagesPerDay: row.dayMessages,
    recipientsPerHour: row.hourRecipients,
    recipientsPerDay: row.dayRecipients,
    firstTimePerDay: row.dayFirstTime,
  };
}
