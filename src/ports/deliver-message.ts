import type { QueueId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import type { ClaimedMessage } from "./queue-store.ts";

/**
 * One attempt at the claimed rows of a message. Resolves with exactly one outcome for each row, in any order; whatever
 * goes wrong on the way is an outcome too, so it does not reject.
 */
export type DeliverMessage = (message: ClaimedMessage) => Promise<readonly RowOutcome[]>;

/** What became of one row. */
export interface RowOutcome {
  readonly row: QueueId;
  readonly outcome: Outcome;
  /** Deferred only: try again after this instead of by the schedule (the peer took some recipients and wants the rest later). */
  readonly retryAfterMs?: number;
  /**
   * Delivered only: where the duty to report success went (RFC 3461 5.2). `delivered`: into a mailbox here; `relayed`: to a
   * server that knows no DSN; `passed-on`: to one that does, which reports itself.
   */
  readonly handover?: "delivered" | "relayed" | "passed-on";
}
