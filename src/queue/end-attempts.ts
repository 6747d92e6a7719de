import { formatId } from "../core/ids.ts";
import type { Clock } from "../core/instant.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { RowOutcome } from "../ports/deliver-message.ts";
import type { Logger } from "../ports/logger.ts";
import type { AttemptResult, ClaimedMessage, Lane, QueueStore } from "../ports/queue-store.ts";
import type { Timers } from "../ports/timers.ts";
import { conclude, type ReportKind, type ToReport } from "./conclude.ts";
import type { RetrySchedule } from "./next-attempt.ts";
import { type ReportOptions, reportMessage } from "./report-message.ts";

export interface EndAttemptsOptions extends Omit<ReportOptions, "bodies"> {
  readonly store: Pick<QueueStore, "accept" | "finish">;
  readonly bodies: Pick<BodyStore, "read" | "remove">;
  readonly lane: Lane;
  readonly schedule: RetrySchedule;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From 0 up to 1, for the jitter of retries. */
  readonly random: () => number;
  readonly log: Logger;
  /** Called with the lanes of a report that has been queued. */
  readonly onReport: (lanes: ReadonlySet<Lane>) => void;
}

/** Ends attempts in the store. */
export interface AttemptEnds {
  /**
   * Tells the sender what is to be told and ends the rows. Resolves when that is kept: a store that fails is asked again
   * until it answers, since a row whose end is lost would be delivered twice.
   */
  end(message: ClaimedMessage, outcomes: readonly RowOutcome[]): Promise<readonly AttemptResult[]>;
  /** Ends rows that were not attempted. */
  giveBack(message: ClaimedMessage): Promise<void>;
  /** From now on a failure is final: the program ends, and the next start finds the rows again. */
  stopRetrying(): void;
}

interface Ended {
  readonly results: readonly AttemptResult[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

/** Makes the ends of one lane's attempts. Those that come while the store is at work go to it together, in one call. */
export function attemptEnds(options: EndAttemptsOptions): AttemptEnds {
  const { store, log, lane } = options;
  let stopping = false;
  let gathered: Ended[] = [];
  let finishing = false;

  /** Does the work, again and again while the store fails. */
  async function untilDone<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS)) {
      try {
        return await work();
      } catch (error) {
        if (stopping) throw error;
        log.error("queue-unavailable", { lane, what, detail: String(error), retryAfterMs: backoffMs });
        await new Promise<void>((resolve) => options.timers.set(backoffMs, resolve));
      }
    }
  }

  /** Resolves when the store has kept these results. */
  function finish(results: readonly AttemptResult[]): Promise<void> {
    return new Promise((resolve, reject) => {
      gathered.push({ results, resolve, reject });
      if (!finishing) void finishGathered();
    });
  }

  async function finishGathered(): Promise<void> {
    finishing = true;
    while (gathered.length > 0) {
      // Attempts that end in the same turn of the event loop go together already the first time.
      await Promise.resolve();
      const batch = gathered;
      gathered = [];
      try {
        const results = batch.flatMap((ended) => ended.results);
        const { releasedBodies } = await untilDone("finish", () => store.finish(results));
        for (const { resolve } of batch) resolve();
        for (const name of releasedBodies) await removeBody(name);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    finishing = false;
  }

  async function removeBody(name: string): Promise<void> {
    try {
      await options.bodies.remove(name);
    } catch (error) {
      // Nobody refers to it any more: recovery at the next start deletes it.
      log.warn("body-not-removed", { lane, name, detail: String(error) });
    }
  }

  async function sendReport(
    message: ClaimedMessage,
    kind: ReportKind,
    rows: readonly ToReport[],
  ): Promise<void> {
    const { id, sender } = message.envelope;
    const report = await untilDone("report", async () => {
      const made = await reportMessage(options, message, kind, rows, options.clock());
      if (made) await store.accept(made);
      return made;
    });
    if (!report) {
      log.warn("report-undeliverable", { lane, message: formatId(id), sender });
      return;
    }
    log.info("report", { kind, message: formatId(id), report: formatId(report.envelope.id) });
    options.onReport(new Set(report.rows.map((row) => row.lane)));
  }

  return {
    async end(message, outcomes) {
      const { schedule, random, clock } = options;
      const { results, reports } = conclude(message, outcomes, { schedule, now: clock(), random: random() });
      // The report is kept before the rows go: a crash in between may tell the sender twice, but never not at all.
      for (const [kind, rows] of reports) await sendReport(message, kind, rows);
      await finish(results);
      return results;
    },
    giveBack: ({ rows }) => finish(rows.map(({ id }) => ({ row: id, next: "give-back" }))),
    stopRetrying: () => {
      stopping = true;
    },
  };
}
