import { formatAddress } from "../core/email-address.ts";
import type { DecisionId, MessageId, QueueId } from "../core/ids.ts";
import { plusMs } from "../core/instant.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { HandOver, Reservation } from "../ports/hand-over.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type {
  AcceptedMessage,
  Body,
  ClaimedMessage,
  Envelope,
  Lane,
  QueueRow,
  QueueStore,
} from "../ports/queue-store.ts";
import type { Target } from "../relay/facts.ts";
import { type BodySink, bodySink } from "./body-sink.ts";

/**
 * Where a message becomes ours: body, envelope, decisions and queue rows go to disk in one commit, and only then may the
 * server say `250` (RFC 5321 4.2.5: with it comes the responsibility).
 */
export interface Spool {
  /** Opens a place for a body to arrive in. */
  openBody(): BodySink;
  /** Resolves when the message is on disk; rejects with `StoreUnavailable` where nothing of it is. */
  accept(submission: Submission): Promise<void>;
}

/** A message with its recipients, as the server hands it over. */
export interface Submission {
  readonly envelope: Omit<Envelope, "expiresAt">;
  readonly body: Body;
  readonly recipients: readonly SubmittedRecipient[];
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

/** The spool over a store and a folder of bodies. */
export function spool(options: SpoolOptions): Spool {
  return {
    openBody: () => bodySink(options.bodies, options.inlineMaxBytes),
    async accept(submission) {
      const message = toAccepted(options, submission);
      const byLane = Map.groupBy(message.rows, (row) => row.lane);
      const reserved = reserve(options.handOver, byLane);
      try {
        // A body file is left where it is even if the store fails: it may have kept the row and only not been able to say
        // so. What no row knows is deleted at the next start.
        await options.store.accept({ ...message, ...leasedFor(reserved) });
      } catch (error) {
        for (const reservation of reserved.values()) reservation.cancel();
        throw error;
      }
      const waiting = new Set<Lane>();
      for (const [lane, rows] of byLane) {
        const reservation = reserved.get(lane);
        if (reservation) reservation.begin({ ...message, rows: rows.map(asNew) });
        else waiting.add(lane);
      }
      if (waiting.size > 0) options.onAccepted(waiting);
    },
  };
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
