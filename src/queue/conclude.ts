import type { Instant } from "../core/instant.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RowOutcome } from "../ports/deliver-message.ts";
import type { AttemptResult, ClaimedMessage } from "../ports/queue-store.ts";
import { delayWarningDue, nextAttempt, type RetrySchedule } from "./next-attempt.ts";

/** A row whose sender is to be told something. */
export interface ToReport {
  readonly row: ClaimedMessage["rows"][number];
  readonly outcome: Outcome;
}

/** The kinds of report, as RFC 3464 2.3.3 calls them. */
export type ReportKind = "failed" | "delayed" | "delivered" | "relayed";

/** What follows from one attempt at a message. */
export interface Conclusion {
  readonly results: readonly AttemptResult[];
  /** What the sender is to be told; never anything for the null sender. */
  readonly reports: ReadonlyMap<ReportKind, readonly ToReport[]>;
}

export interface ConcludeOptions {
  readonly schedule: RetrySchedule;
  readonly now: Instant;
  /** From 0 up to 1, for the jitter. */
  readonly random: number;
}

/**
 * Turns the outcomes of an attempt into what becomes of each row and what the sender is told: failure and delay unless
 * NOTIFY says otherwise, success only where it was asked for (RFC 3461 4.1).
 */
export function conclude(
  message: ClaimedMessage,
  outcomes: readonly RowOutcome[],
  options: ConcludeOptions,
): Conclusion {
  const byRow = new Map(outcomes.map((outcome) => [outcome.row, outcome]));
  const results: AttemptResult[] = [];
  const reports = new Map<ReportKind, ToReport[]>();
  for (const row of message.rows) {
    const ended = byRow.get(row.id);
    if (!ended) {
      results.push({ row: row.id, next: "give-back" });
      continue;
    }
    const { result, report } = concludeRow(message, row, ended, options);
    results.push(result);
    // RFC 5321 6.1: a report is never answered with a report; the null sender has nobody to tell.
    if (!report || message.envelope.sender === "") continue;
    const outcome = "outcome" in result ? result.outcome : ended.outcome;
    reports.set(report, [...(reports.get(report) ?? []), { row, outcome }]);
  }
  return { results, reports };
}

function concludeRow(
  { envelope }: ClaimedMessage,
  row: ClaimedMessage["rows"][number],
  { outcome, retryAfterMs, handover }: RowOutcome,
  { schedule, now, random }: ConcludeOptions,
): { result: AttemptResult; report?: ReportKind } {
  const wants = (word: "SUCCESS" | "FAILURE") =>
    row.notify ? row.notify.includes(word) : word === "FAILURE";
  const done = { row: row.id, next: "done", outcome } as const;
  if (outcome.kind === "delivered") {
    // RFC 3461 5.2.2: a server that took over the duty reports by itself.
    const report = handover === "passed-on" || !wants("SUCCESS") ? undefined : (handover ?? "relayed");
    return { result: done, ...(report ? { report } : {}) };
  }
  const failed = wants("FAILURE") ? ({ report: "failed" } as const) : {};
  if (outcome.kind === "failed") return { result: { ...done, failedAt: now }, ...failed };
  const { attempts } = row;
  const { expiresAt, acceptedAt } = envelope;
  const at = nextAttempt(
    schedule,
    { attempts, expiresAt, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    now,
    random,
  );
  // RFC 3463 3.5: 4.4.7, delivery time expired; for good now, so 5.4.7. The peer's words stay for the sender to see.
  if (at === undefined) {
    return { result: { ...done, outcome: { ...outcome, kind: "failed", status: "5.4.7" } }, ...failed };
  }
  const retry = { row: row.id, next: "retry", at, outcome } as const;
  const { delayWarned, notify } = row;
  const warn = delayWarningDue(schedule, { acceptedAt, delayWarned, ...(notify ? { notify } : {}) }, now);
  return warn ? { result: { ...retry, delayWarned: true }, report: "delayed" } : { result: retry };
}
