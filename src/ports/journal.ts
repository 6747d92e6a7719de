import type { DecisionId, MessageId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";
import type { Verdict } from "../relay/decision.ts";
import type { Ground, Reason } from "../relay/reason.ts";

/** Every decision, kept. Those of an accepted message are written in its commit; the others by {@link Journal.record}. */
export interface Journal {
  /** Writes decisions that belong to no message. May gather for a moment; resolves when they are kept. */
  record(entries: readonly JournalEntry[]): Promise<void>;
  show(id: DecisionId): Promise<JournalEntry | undefined>;
  /** Newest first. */
  search(filter: JournalFilter): Promise<JournalEntry[]>;
  /** Deletes entries older than `before`; returns how many. */
  prune(before: Instant): Promise<number>;
}

/** One decision as the journal has it. */
export interface JournalEntry {
  readonly id: DecisionId;
  readonly at: Instant;
  /** Absent where no message came of it. */
  readonly message?: MessageId;
  readonly client: string;
  readonly listener: string;
  readonly tls: boolean;
  readonly helo: string;
  readonly login?: string;
  /** MAIL FROM without brackets; empty for the null path. */
  readonly sender: string;
  readonly recipient: string;
  readonly verdict: Verdict;
  readonly reason: Reason;
  readonly grounds: readonly Ground[];
  /** Who answers for it: `account:…`, `privileged:3`, `grant:192.0.2.7`, `local-sender:…`, `anonymous`. */
  readonly identity: string;
  readonly policy: number;
  /** The reply as sent: `550 5.7.1 …`. */
  readonly reply: string;
}

export interface JournalFilter {
  readonly since?: Instant;
  readonly until?: Instant;
  readonly client?: string;
  readonly login?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly reason?: Reason;
  readonly limit?: number;
}
