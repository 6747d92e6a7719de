import { type Instant, plusMs } from "../core/instant.ts";
import type { QueueRow } from "../ports/queue-store.ts";

/** When deferred mail is tried again, and when its sender is told that it waits. */
export interface RetrySchedule {
  /** Waits after the first, second, … attempt; the last one repeats. Never empty. */
  readonly waitsMs: readonly [number, ...number[]];
  /** How far a wait may stray to either side, as a part of it, so that mail deferred together is not retried together. */
  readonly jitter: number;
  /** How long after acceptance the sender is told of a delay, once. */
  readonly delayWarningMs: number;
}

const MINUTE_MS = 60_000;

/** 15, 30, 60, then every 240 minutes, ±10 %; a warning after four hours. RFC 5321 4.5.4.1 asks for 30 minutes or more in the long run. */
export const DEFAULT_SCHEDULE: RetrySchedule = {
  waitsMs: [15 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS, 240 * MINUTE_MS],
  jitter: 0.1,
  delayWarningMs: 240 * MINUTE_MS,
};

/** How long a message is tried before what is left of it is bounced: 5 days (RFC 5321 4.5.4.1: "at least 4-5 days"). */
export const DEFAULT_LIFETIME_MS = 5 * 24 * 60 * MINUTE_MS;

/** The state of a deferred row just after an attempt. */
export interface DeferredRow {
  /** Attempts before the one that just ended. */
  readonly attempts: number;
  readonly expiresAt: Instant;
  /** Wait for this long instead of by the schedule. */
  readonly retryAfterMs?: number;
}

/**
 * When to try a deferred row again. The last attempt falls on the end of the message's life, never after it.
 * @param random a number from 0 up to 1.
 * @returns the time, or `undefined` where the message has outlived itself and is to be bounced.
 */
export function nextAttempt(
  schedule: RetrySchedule,
  row: DeferredRow,
  now: Instant,
  random: number,
): Instant | undefined {
  if (now >= row.expiresAt) return undefined;
  const waitMs = row.retryAfterMs ?? scheduledWaitMs(schedule, row.attempts);
  const strayed = waitMs * (1 + schedule.jitter * (2 * random - 1));
  const at = plusMs(now, Math.round(strayed));
  return at < row.expiresAt ? at : row.expiresAt;
}

function scheduledWaitMs(schedule: RetrySchedule, attempts: number): number {
  const { waitsMs } = schedule;
  return waitsMs[Math.min(attempts, waitsMs.length - 1)] ?? waitsMs[0];
}

/** What decides over a delay warning: one row and its message's age. */
export interface WaitingRow {
  readonly acceptedAt: Instant;
  readonly delayWarned: boolean;
  readonly notify?: QueueRow["notify"];
}

/** Whether the sender is to be told now that a row waits: once, and only where NOTIFY allows it. */
export function delayWarningDue(schedule: RetrySchedule, row: WaitingRow, now: Instant): boolean {
  if (row.delayWarned || now < plusMs(row.acceptedAt, schedule.delayWarningMs)) return false;
  // RFC 3461 4.1: without NOTIFY the default is the server's; a list without DELAY forbids the warning.
  return row.notify === undefined || row.notify.includes("DELAY");
}
