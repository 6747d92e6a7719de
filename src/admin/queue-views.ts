import { formatId } from "../core/ids.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Lane, QueueEntry } from "../ports/queue-store.ts";
import { isoTime } from "./read-input.ts";

/**
 * What a row is doing: `relay-off` is an outbound row that the master switch holds (SPEC R-6); `held` one that was held
 * by hand or with its account.
 */
export type RowState = "waiting" | "in-progress" | "held" | "relay-off";

/** A row of the queue for people and programs. */
export interface QueueRowView {
  readonly id: string;
  readonly message: string;
  readonly lane: Lane;
  readonly state: RowState;
  readonly sender: string;
  readonly recipient: string;
  /** The domain that the next hop is chosen by; empty for the local lane. */
  readonly destination: string;
  readonly bytes: number;
  readonly acceptedAt: string;
  readonly attempts: number;
  readonly nextAttemptAt: string;
  readonly last?: Outcome;
}

/** A row with what is known of its message. */
export interface QueueRowDetails extends QueueRowView {
  /** The address that delivery goes to, where it is another than the recipient. */
  readonly target: string;
  readonly expiresAt: string;
  readonly client: string;
  readonly listener: string;
  readonly login?: string;
  /** The decision that took the recipient; `journal show` has it. */
  readonly decision: string;
}

/** Shows a row as one of a list. */
export function viewRow(entry: QueueEntry, relayIsOn: boolean): QueueRowView {
  const { envelope, row } = entry;
  return {
    id: formatId(row.id),
    message: formatId(envelope.id),
    lane: row.lane,
    state: stateOf(entry, relayIsOn),
    sender: envelope.sender,
    recipient: row.recipient,
    destination: row.destination,
    bytes: envelope.size,
    acceptedAt: isoTime(envelope.acceptedAt),
    attempts: entry.attempts,
    nextAttemptAt: isoTime(entry.nextAttemptAt),
    ...(entry.last ? { last: entry.last } : {}),
  };
}

/** Shows a row with all that is known. */
export function viewRowDetails(entry: QueueEntry, relayIsOn: boolean): QueueRowDetails {
  const { envelope, row } = entry;
  const { client, listener, login } = envelope.origin;
  return {
    ...viewRow(entry, relayIsOn),
    target: row.target,
    expiresAt: isoTime(envelope.expiresAt),
    client,
    listener,
    ...(login === undefined ? {} : { login }),
    decision: formatId(row.decision),
  };
}

function stateOf({ row, held, leased }: QueueEntry, relayIsOn: boolean): RowState {
  if (leased) return "in-progress";
  if (held) return "held";
  return row.lane === "outbound" && !relayIsOn ? "relay-off" : "waiting";
}
