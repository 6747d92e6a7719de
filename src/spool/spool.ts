import { formatAddress } from "../core/email-address.ts";
import type { DecisionId, MessageId, QueueId } from "../core/ids.ts";
import { plusMs } from "../core/instant.ts";
import { ok, type Result } from "../core/result.ts";
import type { LimitReached } from "../core/sending-limits.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { HandOver, Reservation } from "../ports/hand-over.ts";
import type { JournalEntry } from "../ports/journal.ts";
import {
  type Accepted,
  type AcceptedMessage,
  type Body,
  type ClaimedMessage,
  type Envelope,
  type Lane,
  type QueueRow,
  type QueueStore,
  StoreUnavailable,
} from "../ports/queue-store.ts";
import type { Target } from "../relay/facts.ts";
import { type BodySink, bodySink } from "./body-sink.ts";
import { memoryBudget } from "./memory-budget.ts";

/**
 * Where a message becomes ours: body, envelope, decisions and queue rows go to disk in one commit, and only then may the
 * server say `250` (RFC 5321 4.2.5: with it comes the responsibility).
 */
export interface Spool {
  /** Opens a place for a body to arrive in. */
  openBody(): BodySink;
  /**
   * Resolves when the message is on disk, or with the limit that left no room for it; rejects with `StoreUnavailable`
   * where nothing of it is.
   */
  accept(submission: Submission): Promise<Result<void, LimitReached>>;
}

/** A message with its recipients, as the server hands it over. */
export interface Submission {
  readonly envelope: Omit<Envelope, "expiresAt">;
  readonly body: Body;
  readonly recipients: readonly SubmittedRecipient[];
  /** Recipients a day that identities may not go beyond; see {@link AcceptedMessage.caps}. */
  readonly caps?: ReadonlyMap<string, number>;
}

/** A recipient that was taken, and where its mail goes. */
export interface SubmittedRecipient {
  /** The address in the client's words. */
  readonly text: string;
  readonly targets: readonly Target[];
  readonly notify?: QueueRow["notify"];
  readonly orcpt?: string;
  readonly decision: JournalEntry;
}

export interface SpoolOptions {
  readonly store: QueueStore;
  readonly bodies: BodyStore;
  /** Bodies up to this size lie in the store's row. */
  readonly inlineMaxBytes: number;
  /** How long delivery is tried. */
  readonly lifetimeMs: number;
  readonly newQueueId: () => QueueId;
  readonly newDecisionId: () => DecisionId;
  /** Takes messages to their first attempt without a way through the queue, where it can. */
  readonly handOver?: HandOver;
  /** Called after the commit, with the lanes that have new rows to claim. */
  readonly onAccepted: (lanes: ReadonlySet<Lane>) => void;
}

/** Bodies on their way in hold so much memory together; further ones go to files from their beginning. */
const GATHERED_MAX_BYTES = 128 * 1024 * 1024;

/** The spool over a store and a folder of bodies. */
export function spool(options: SpoolOptions): Spool {
  const budget = memoryBudget(GATHERED_MAX_BYTES);
  return {
    openBody: () => bodySink(options.bodies, options.inlineMaxBytes, budget),
    async accept(submission) {
      const message = toAccepted(options, submission);
      const byLane = Map.groupBy(message.rows, (row) => row.lane);
      const reserved = reserve(options.handOver, byLane);
      const accepted = await keep(options, { ...message, ...leasedFor(reserved) }).catch((error: unknown) => {
        for (const reservation of reserved.values()) reservation.cancel();
        throw error;
      });
      const waiting = new Set<Lane>();
      for (const [lane, rows] of byLane) {
        const reservation = reserved.get(lane);
        const attempted = accepted.ok && !(accepted.value.held && lane === "outbound");
        if (reservation && attempted) reservation.begin({ ...message, rows: rows.map(asNew) });
        else reservation?.cancel();
        if (!reservation && attempted) waiting.add(lane);
      }
      if (waiting.size > 0) options.onAccepted(waiting);
      return accepted.ok ? ok(undefined) : accepted;
    },
  };
}

/**
 * Gives a message to the store, and deletes the body of one that was not kept, so that a full disk does not get fuller by
 * every message that it refuses. Where the store may have kept the row and only not been able to say so, the file
 * stays; recovery looks at it.
 */
async function keep(
  { store, bodies }: SpoolOptions,
  message: AcceptedMessage,
): Promise<Result<Accepted, LimitReached>> {
  // What cannot be deleted now is deleted at the next start.
  const forget = async ({ body }: AcceptedMessage) =>
    body.kind === "file" ? bodies.remove(body.name).catch(() => undefined) : undefined;
  try {
    const accepted = await store.accept(message);
    if (!accepted.ok) await forget(message);
    return accepted;
  } catch (error) {
    if (error instanceof StoreUnavailable && !error.mayBeKept) await forget(message);
    throw error;
  }
}

function reserve(
  handOver: HandOver | undefined,
  byLane: ReadonlyMap<Lane, readonly QueueRow[]>,
): Map<Lane, Reservation> {
  const reserved = new Map<Lane, Reservation>();
  for (const [lane, rows] of byLane) {
    const reservation = handOver?.reserve(lane, rows.length);
    if (reservation) reserved.set(lane, reservation);
  }
  return reserved;
}

function leasedFor(reserved: ReadonlyMap<Lane, Reservation>): Pick<AcceptedMessage, "leased"> {
  const [first] = reserved.values();
  return first ? { leased: { lanes: new Set(reserved.keys()), until: first.leaseUntil } } : {};
}

function asNew(row: QueueRow): ClaimedMessage["rows"][number] {
  return { ...row, attempts: 0, delayWarned: false };
}

function toAccepted(options: SpoolOptions, submission: Submission): AcceptedMessage {
  const { envelope, recipients } = submission;
  const rows = new Map<string, QueueRow>();
  const decisions: JournalEntry[] = [];
  for (const recipient of recipients) {
    decisions.push({ ...recipient.decision, message: envelope.id });
    for (const target of recipient.targets) {
      const row = toRow(options, recipient, target);
      // A mailbox that is reached twice, by its own name and by a group, gets the message once.
      const key = `${row.lane} ${row.target}`;
      if (rows.has(key)) continue;
      rows.set(key, row);
      if (target.kind === "remote" && target.chargedTo !== "") {
        decisions.push(
          forwardDecision(
            options.newDecisionId(),
            recipient.decision,
            envelope.id,
            row.target,
            target.chargedTo,
          ),
        );
      }
    }
  }
  return {
    envelope: { ...envelope, expiresAt: plusMs(envelope.acceptedAt, options.lifetimeMs) },
    body: submission.body,
    rows: [...rows.values()],
    decisions,
    ...(submission.caps ? { caps: submission.caps } : {}),
  };
}

function toRow(options: SpoolOptions, recipient: SubmittedRecipient, target: Target): QueueRow {
  const common = {
    id: options.newQueueId(),
    recipient: recipient.text,
    ...(recipient.notify ? { notify: recipient.notify } : {}),
    ...(recipient.orcpt !== undefined ? { orcpt: recipient.orcpt } : {}),
    decision: recipient.decision.id,
  };
  if (target.kind === "mailbox") return { ...common, lane: "local", target: target.mailbox, destination: "" };
  const { address } = target;
  return { ...common, lane: "outbound", target: formatAddress(address), destination: address.domain };
}

/** A forward to another server is the relay of the mailbox owner who set it up, and is journaled as such (SPEC R-1). */
function forwardDecision(
  id: DecisionId,
  arrival: JournalEntry,
  message: MessageId,
  to: string,
  owner: string,
): JournalEntry {
  return {
    ...arrival,
    id,
    message,
    recipient: to,
    verdict: "relay",
    reason: "granted-authenticated",
    grounds: ["authenticated"],
    identity: `account:${owner}`,
  };
}

/** Makes the disk agree with the store after a crash: leases are given back, bodies that no message knows are deleted. */
export async function recoverSpool(
  store: QueueStore,
  bodies: BodyStore,
): Promise<{ leases: number; orphans: number }> {
  const leases = await store.releaseLeases();
  const wanted = new Set(await store.bodyFiles());
  const orphans = (await bodies.list()).filter((name) => !wanted.has(name));
  for (const name of orphans) await bodies.remove(name);
  return { leases, orphans: orphans.length };
}
