import type { Instant } from "../core/instant.ts";
import type { ClaimedMessage, Lane } from "./queue-store.ts";

/**
 * Where a message goes straight to its first attempt when hands are free, without being read back from the store. It is on
 * disk all the same, its rows leased, before anybody attempts it.
 */
export interface HandOver {
  /** Keeps hands free for so many rows of a lane. `undefined`: they have to wait for their turn in the queue. */
  reserve(lane: Lane, rows: number): Reservation | undefined;
}

/** Hands that wait for a message. One of the two calls must follow, once. */
export interface Reservation {
  /** How long the rows are to be leased. */
  readonly leaseUntil: Instant;
  /** Begins the attempt, after the message with its lease is on disk. */
  begin(message: ClaimedMessage): void;
  /** The message was not kept, or nobody knows whether it was: then its lease runs out. */
  cancel(): void;
}
