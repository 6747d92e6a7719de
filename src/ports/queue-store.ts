import type { DecisionId, MessageId, QueueId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Result } from "../core/result.ts";
import type { LimitReached } from "../core/sending-limits.ts";
import type { JournalEntry } from "./journal.ts";

/**
 * The durable spool and the queue over it, which live in one store because accepting a message writes both in one
 * commit. Every promise here resolves only after the commit that holds the change has been synced.
 * Failures reject with {@link StoreUnavailable}; nothing is half done then. Only where the store itself died between a
 * commit and its answer may the change have been kept, whole.
 */
export interface QueueStore {
  /**
   * Takes a message: body, envelope, decisions and queue rows in one commit. `250` may follow when this resolves.
   * The bytes of an inline body are not changed any more from the call on.
   * A message without rows (each recipient was a duplicate) is not kept, only its decisions are.
   * In the same commit it is counted for those who answer for it; where a limit leaves no room, nothing is kept and the
   * error says which. Outbound rows of an account that may not send (any more) are on hold from the start, leased or not.
   */
  accept(message: AcceptedMessage): Promise<Result<Accepted, LimitReached>>;

  /**
   * Leases due rows of one lane to the caller until `now + leaseMs`; a row whose lease ran out is due again.
   * Rows on hold are passed over. Rows come oldest due first, those of one message together.
   */
  claim(request: ClaimRequest): Promise<ClaimedMessage[]>;

  /**
   * Ends attempts: rows that are finished go, and the message with its last row; others wait or are given back.
   * A row that is no longer there (dropped by hand meanwhile) is passed over.
   */
  finish(results: readonly AttemptResult[]): Promise<Finished>;

  /** When the next row of the lane falls due (also a lease that ends), or `undefined` where none is waiting. */
  nextDue(lane: Lane): Promise<Instant | undefined>;

  /** Rows that are waiting, for people: newest last. Without a limit the oldest 1,000 of them. */
  list(filter: QueueFilter): Promise<QueueEntry[]>;

  /** One row with its message's envelope, or `undefined`. */
  show(id: QueueId): Promise<QueueEntry | undefined>;

  /** The body of a message that has a row still, for somebody to look at. */
  readBody(id: MessageId): Promise<Body | undefined>;

  /**
   * Acts on all rows that the filter names. `retry` makes them due at `now`, one that is being attempted as soon as it is
   * given back; `hold` and `release` let an attempt that is under way end; `drop` deletes without a bounce.
   */
  act(action: QueueAction, filter: QueueFilter, now: Instant): Promise<Acted>;

  /** Counts by lane and state, and the age of the oldest row. */
  stats(now: Instant): Promise<QueueStats>;

  /** Gives back every lease of a process that is gone. Called once at start, before anything is claimed. */
  releaseLeases(): Promise<number>;

  /** Names of all body files that a message still refers to, so that recovery can delete the others. */
  bodyFiles(): Promise<string[]>;

  /** How the store is, as its last answers told. It may be asked for each message: it costs nothing. */
  state(): QueueState;

  /** Commits something that changes nothing, to see whether the store can; rejects where it cannot. */
  probe(): Promise<void>;
}

/** The store could not answer: busy, full, broken or closed. The client gets a 4xx. */
export class StoreUnavailable extends Error {
  readonly code = "store-unavailable";
  /** There was no room on the disk: what is wrong is known, and the client can be told. */
  readonly full: boolean;
  /** The change may be there all the same, whole, after a restart: it was written, and only its sync failed. */
  readonly mayBeKept: boolean;

  constructor(message: string, options: StoreUnavailableOptions = {}) {
    super(message, { cause: options.cause });
    this.full = options.full ?? false;
    this.mayBeKept = options.mayBeKept ?? false;
  }
}

export interface StoreUnavailableOptions {
  readonly cause?: unknown;
  readonly full?: boolean;
  readonly mayBeKept?: boolean;
}

/** What is known of the store without asking it. */
export interface QueueState {
  /** Messages that have a recipient still to be served. */
  readonly queuedMessages: number;
  /** Why nothing can be written, for the log; absent: the last commit worked. */
  readonly failure?: string;
}

/** `local` rows go to mailboxes here, `outbound` rows to other servers; the relay switch holds only the latter. */
export type Lane = "local" | "outbound";

/** Where the bytes of a message are: in the row, or in a synced file of the spool folder. */
export type Body =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly name: string };

/** What a message is, apart from its recipients. The body begins with our own Received field. */
export interface Envelope {
  readonly id: MessageId;
  readonly acceptedAt: Instant;
  /** When attempts end and what is left is bounced. */
  readonly expiresAt: Instant;
  /** MAIL FROM without brackets; empty for the null path. */
  readonly sender: string;
  /** Bytes of the body as kept. */
  readonly size: number;
  /** Whether MAIL FROM asked for SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** Whether the body holds bytes over 127 (declared by BODY=8BITMIME or seen). */
  readonly eightBit: boolean;
  /** RFC 3461 4.3: what of the message a report returns; absent: the server chooses. */
  readonly ret?: "FULL" | "HDRS";
  /** RFC 3461 4.4: the sender's own id for the envelope, decoded from xtext. */
  readonly envid?: string;
  /** Who sent it, for people: client address, listener and login of the transaction. */
  readonly origin: {
    readonly client: string;
    readonly listener: string;
    readonly login?: string;
    /** The account that answers for it without having logged in here: by its POP login. */
    readonly account?: string;
  };
}

/** A recipient's row of the queue as it is made. */
export interface QueueRow {
  readonly id: QueueId;
  readonly lane: Lane;
  /** The recipient as the client gave it, without brackets. */
  readonly recipient: string;
  /** Local: the key of the mailbox. Outbound: the address to send to. */
  readonly target: string;
  /** Outbound: the domain (or literal) that the next hop is chosen by. Local: empty. */
  readonly destination: string;
  /** RFC 3461 4.1; absent: the default, failure and delay. */
  readonly notify?: readonly ("NEVER" | "SUCCESS" | "FAILURE" | "DELAY")[];
  /** RFC 3461 4.2: original recipient, `rfc822;…`, decoded from xtext. */
  readonly orcpt?: string;
  readonly decision: DecisionId;
}

/** Everything that one commit of acceptance holds. */
export interface AcceptedMessage {
  readonly envelope: Envelope;
  readonly body: Body;
  readonly rows: readonly QueueRow[];
  readonly decisions: readonly JournalEntry[];
  /** The daily caps of privileged entries, by identity (`privileged:3`): they are the policy's, which the store does not read. */
  readonly caps?: ReadonlyMap<string, number>;
  /** Lanes whose rows are leased from the start, until then: the caller attempts them itself, at once. */
  readonly leased?: { readonly lanes: ReadonlySet<Lane>; readonly until: Instant };
}

/** What became of a message that was taken. */
export interface Accepted {
  /** Whether its outbound rows are on hold. */
  readonly held: boolean;
}

export interface ClaimRequest {
  readonly lane: Lane;
  readonly now: Instant;
  readonly leaseMs: number;
  /** The most rows to lease. */
  readonly limit: number;
}

/** A message with the rows of it that the caller now holds. */
export interface ClaimedMessage {
  readonly envelope: Envelope;
  readonly body: Body;
  readonly rows: readonly (QueueRow & { readonly attempts: number; readonly delayWarned: boolean })[];
}

/** The end of one attempt for one row. */
export type AttemptResult =
  /** Served, bounced or dropped: the row goes. With `failedAt` it counts among the failures of the account that sent it. */
  | {
      readonly row: QueueId;
      readonly next: "done";
      readonly outcome: Outcome;
      readonly failedAt?: Instant;
    }
  /** Counted as an attempt; due again at `at`. */
  | {
      readonly row: QueueId;
      readonly next: "retry";
      readonly at: Instant;
      readonly outcome: Outcome;
      readonly delayWarned?: true;
    }
  /** Not attempted (shutdown, no worker free): due at once, not counted. */
  | { readonly row: QueueId; readonly next: "give-back" };

/** What ending attempts left over. */
export interface Finished {
  /** Names of body files that no message refers to any more: the caller deletes them. */
  readonly releasedBodies: readonly string[];
}

/** What an action by hand did. */
export interface Acted extends Finished {
  /** How many rows the filter named. */
  readonly rows: number;
}

/** Rows that match all of these (text without regard to case); an empty filter is every row. */
export interface QueueFilter {
  readonly ids?: readonly QueueId[];
  readonly lane?: Lane;
  readonly destination?: string;
  readonly sender?: string;
  /** The account that answers for the message, by its login here or by a POP login. */
  readonly login?: string;
  readonly limit?: number;
}

/** What an administrator may do to waiting rows. */
export type QueueAction = "retry" | "hold" | "release" | "drop";

/** One waiting row for people. */
export interface QueueEntry {
  readonly envelope: Envelope;
  readonly row: QueueRow;
  readonly attempts: number;
  readonly nextAttemptAt: Instant;
  readonly leased: boolean;
  /** Held by hand; the relay switch is not in here, since it holds the lane and not the row. */
  readonly held: boolean;
  readonly last?: Outcome;
}

export interface QueueStats {
  readonly lanes: Readonly<
    Record<Lane, { readonly waiting: number; readonly held: number; readonly leased: number }>
  >;
  readonly oldestAt?: Instant;
}
