import { isAscii } from "node:buffer";
import { formatAddress } from "../core/email-address.ts";
import type { DecisionId, MessageId, NewIds, QueueId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";
import type { Directory } from "../ports/directory.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type { AcceptedMessage, QueueRow } from "../ports/queue-store.ts";

/** Where a message of our own goes. */
export type OwnTarget = Extract<
  Awaited<ReturnType<Directory["resolve"]>>,
  { kind: "local" }
>["targets"][number];

/** A message that the server itself writes. */
export interface OwnMessage {
  readonly id: MessageId;
  /** The recipient as it stands in the queue and the journal. */
  readonly to: string;
  /** At least one. */
  readonly targets: readonly OwnTarget[];
  readonly bytes: Buffer;
  readonly smtpUtf8: boolean;
  readonly at: Instant;
  readonly expiresAt: Instant;
}

/** Makes the server's own mail ready for the queue: null sender, so that nobody answers it, and nobody's account. */
export function ownMessage(newId: NewIds, message: OwnMessage): AcceptedMessage {
  const { id, to, targets, bytes, smtpUtf8, at, expiresAt } = message;
  const decision = ownDecision(newId.decision(), message);
  return {
    envelope: {
      id,
      acceptedAt: at,
      expiresAt,
      sender: "",
      size: bytes.length,
      smtpUtf8,
      eightBit: !isAscii(bytes),
      origin: { client: "", listener: "queue" },
    },
    body: { kind: "inline", bytes },
    rows: targets.map((target) => toRow(newId.queue(), to, target, decision.id)),
    decisions: [decision],
  };
}

function toRow(id: QueueId, recipient: string, target: OwnTarget, decision: DecisionId): QueueRow {
  const common = { id, recipient, decision };
  return target.kind === "mailbox"
    ? { ...common, lane: "local", target: target.mailbox, destination: "" }
    : {
        ...common,
        lane: "outbound",
        target: formatAddress(target.address),
        destination: target.address.domain,
      };
}

/** The journal's line for it: the server's own mail needs no ground. */
function ownDecision(id: DecisionId, { id: message, to, targets, at }: OwnMessage): JournalEntry {
  const remote = targets[0]?.kind === "remote";
  return {
    id,
    at,
    message,
    client: "",
    listener: "queue",
    tls: false,
    helo: "",
    sender: "",
    recipient: to,
    verdict: remote ? "relay" : "deliver",
    reason: remote ? "granted-authenticated" : "local-recipient",
    grounds: [],
    identity: "server",
    policy: 0,
    reply: "",
  };
}
