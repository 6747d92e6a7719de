import type { QueueId } from "../core/ids.ts";
import { formatId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";
import { plusMs } from "../core/instant.ts";
import type { Outcome } from "../core/outcome.ts";
import type { DeliverMessage, RowOutcome } from "../ports/deliver-message.ts";
import type { Reservation } from "../ports/hand-over.ts";
import type { ClaimedMessage, Lane, QueueStore } from "../ports/queue-store.ts";
import { attemptEnds, type EndAttemptsOptions } from "./end-attempts.ts";

export interface QueueRunnerOptions extends EndAttemptsOptions {
  readonly store: QueueStore;
  readonly deliver: DeliverMessage;
  /** Rows under way at a time. */
  readonly concurrency: number;
  /** How long a claim lasts. An attempt that takes longer is not begun again by this runner. */
  readonly leaseMs: number;
}

/** Works one lane of the queue off: claims what is due, has it delivered, ends the attempts. */
export interface QueueRunner {
  start(): void;
  /** Says that rows may be due. */
  wake(): void;
  /** Keeps hands free for so many new rows, unless others have been waiting for longer. */
  reserve(rows: number): Reservation | undefined;
  /** Begins no more attempts; what is queued is held. */
  pause(): void;
  resume(): void;
  /** Begins no more attempts; resolves when those under way have ended, or after 30 seconds without them. */
  drain(): Promise<void>;
}

const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;
/** The queue is looked at so often at least, whatever the clock has been set to meanwhile. */
const MAX_SLEEP_MS = 60_000;
/** And not more often than this by the clock alone, whatever the store says is due. */
const MIN_SLEEP_MS = 100;
const DRAIN_MS = 30_000;
/** Clocks are set right by less than this all the time. */
const CLOCK_SLACK_MS = 60_000;

/** Makes a runner; it does nothing before `start`. */
export function queueRunner(options: QueueRunnerOptions): QueueRunner {
  const { store, clock, timers, log, lane, concurrency } = options;
  const onReport = (lanes: ReadonlySet<Lane>): void => {
    options.onReport(lanes);
    if (lanes.has(lane)) wake();
  };
  const ends = attemptEnds({ ...options, onReport });
  const underway = new Set<Promise<void>>();
  const rowsUnderway = new Set<QueueId>();
  /** Rows that hands are kept free for. */
  let reserved = 0;
  let started = false;
  let paused = false;
  let claiming = false;
  /** The last look at the store, under way or over. */
  let looking = Promise.resolve();
  let lookedAt = clock();
  /** Somebody has said that rows may be due. */
  let wanted = false;
  /** The last claim took all it could: there may be more. */
  let moreDue = false;
  /** The store has failed and is left alone for a while. */
  let resting = false;
  let backoffMs = FIRST_BACKOFF_MS;
  /** When to look by the clock; unset while it is not known what falls due next. */
  let alarm: { readonly at: Instant; readonly cancel: () => void } | undefined;

  function wake(): void {
    wanted = true;
    lookIfWorthwhile();
  }

  function freeHands(): number {
    return concurrency - rowsUnderway.size - reserved;
  }

  function lookIfWorthwhile(): void {
    const free = freeHands();
    if (claiming || !started || paused || resting) return;
    // With much to do, claim for half of the hands at once rather than for each hand that comes free.
    if (moreDue ? free * 2 >= concurrency : wanted && free > 0) looking = look();
  }

  async function look(): Promise<void> {
    claiming = true;
    wanted = false;
    try {
      if (clock() < lookedAt - CLOCK_SLACK_MS) await retryAll(clock());
      lookedAt = clock();
      const limit = freeHands();
      const claimed = await store.claim({ lane, now: clock(), leaseMs: options.leaseMs, limit });
      moreDue = claimed.reduce((rows, message) => rows + message.rows.length, 0) >= limit;
      backoffMs = FIRST_BACKOFF_MS;
      for (const message of claimed) begin(message);
      if (!moreDue && !alarm) await sleepUntilDue();
    } catch (error) {
      rest(error);
    } finally {
      claiming = false;
    }
    lookIfWorthwhile();
  }

  /** What waits was given its time by a clock that has been set back since: it would wait for that much longer. */
  async function retryAll(now: Instant): Promise<void> {
    log.warn("clock-set-back", { lane, byMs: lookedAt - now });
    await store.act("retry", { lane }, now);
  }

  async function sleepUntilDue(): Promise<void> {
    const due = await store.nextDue(lane);
    const now = clock();
    const sleepMs = due === undefined ? MAX_SLEEP_MS : Math.max(due - now, MIN_SLEEP_MS);
    setAlarm(plusMs(now, Math.min(sleepMs, MAX_SLEEP_MS)));
  }

  function setAlarm(at: Instant): void {
    alarm?.cancel();
    if (!started) return;
    const ring = (): void => {
      alarm = undefined;
      wake();
    };
    alarm = { at, cancel: timers.set(Math.max(at - clock(), 0), ring) };
  }

  function rest(error: unknown): void {
    log.error("queue-unavailable", { lane, what: "claim", detail: String(error), retryAfterMs: backoffMs });
    if (!started) return;
    resting = true;
    timers.set(backoffMs, () => {
      resting = false;
      wake();
    });
    backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
  }

  function begin(message: ClaimedMessage): void {
    // A lease that ran out during a long attempt: the rows are in good hands, and now leased anew.
    const rows = message.rows.filter(({ id }) => !rowsUnderway.has(id));
    if (rows.length === 0) return;
    for (const { id } of rows) rowsUnderway.add(id);
    const work = workOff({ ...message, rows }).finally(() => {
      for (const { id } of rows) rowsUnderway.delete(id);
      underway.delete(work);
      lookIfWorthwhile();
    });
    underway.add(work);
  }

  async function workOff(message: ClaimedMessage): Promise<void> {
    try {
      // The claim may have been on its way when the lane was paused or stopped.
      if (!started || paused) return await ends.giveBack(message);
      const results = await ends.end(message, await outcomesOf(message));
      for (const result of results) {
        if (result.next === "retry" && alarm && result.at < alarm.at) setAlarm(result.at);
      }
    } catch (error) {
      // Only at shutdown: the rows are found again at the next start.
      log.error("attempt-not-ended", { lane, message: formatId(message.envelope.id), detail: String(error) });
    }
  }

  async function outcomesOf(message: ClaimedMessage): Promise<readonly RowOutcome[]> {
    try {
      return await options.deliver(message);
    } catch (error) {
      log.error("delivery-broken", { lane, message: formatId(message.envelope.id), detail: String(error) });
      return message.rows.map(({ id }) => ({ row: id, outcome: INTERNAL_TROUBLE }));
    }
  }

  return {
    start() {
      started = true;
      wake();
    },
    wake,
    reserve(rows) {
      if (!started || paused || resting || moreDue || rows > freeHands()) return undefined;
      reserved += rows;
      return {
        leaseUntil: plusMs(clock(), options.leaseMs),
        begin(message) {
          reserved -= rows;
          begin(message);
        },
        cancel() {
          reserved -= rows;
          lookIfWorthwhile();
        },
      };
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      wake();
    },
    async drain() {
      started = false;
      alarm?.cancel();
      const tooLong = Promise.withResolvers<void>();
      const cancel = timers.set(DRAIN_MS, tooLong.resolve);
      const ended = looking.then(() => Promise.all(underway));
      await Promise.race([ended, tooLong.promise]);
      cancel();
      ends.stopRetrying();
    },
  };
}

const INTERNAL_TROUBLE: Outcome = {
  kind: "deferred",
  status: "4.3.0",
  diagnostic: "the server cannot deliver mail at the moment",
};
