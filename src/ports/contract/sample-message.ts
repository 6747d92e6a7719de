import { type DecisionId, type MessageId, type QueueId, storedId } from "../../core/ids.ts";
import { type Instant, instant } from "../../core/instant.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { JournalEntry } from "../journal.ts";
import type { AcceptedMessage, Envelope, Lane, QueueRow } from "../queue-store.ts";

/** The time at which samples are accepted. */
export const NOON: Instant = instant(Date.UTC(2026, 10, 24, 12));

/** The id of a sample message. */
export const messageId = (n: number): MessageId => storedId<"MessageId">(n);
/** The id of a sample row. */
export const queueId = (n: number): QueueId => storedId<"QueueId">(n);
/** The id of a sample decision. */
export const decisionId = (n: number): DecisionId => storedId<"DecisionId">(n);

/** What a test wants other than usual of a {@link sampleMessage}. */
export interface SampleWishes {
  readonly at?: Instant;
  readonly lanes?: readonly Lane[];
  readonly bodyFile?: string;
  readonly text?: string;
  readonly envelope?: Partial<Envelope>;
  readonly row?: Partial<QueueRow>;
  readonly decision?: Partial<JournalEntry>;
}

/** Message `n` with one row a lane: rows `10n`, `10n + 1` … and a decision for each, of the same numbers. */
export function sampleMessage(n: number, wishes: SampleWishes = {}): AcceptedMessage {
  const at = wishes.at ?? NOON;
  const rows = (wishes.lanes ?? ["outbound"]).map((lane, index) => ({
    ...sampleRow(10 * n + index, lane),
    ...wishes.row,
  }));
  return {
    envelope: {
      id: messageId(n),
      acceptedAt: at,
      expiresAt: instant(at + 5 * 86_400_000),
      sender: "alice@example.test",
      size: 7,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "192.0.2.1", listener: "submission" },
      ...wishes.envelope,
    },
    body:
      wishes.bodyFile === undefined
        ? { kind: "inline", bytes: new TextEncoder().encode(wishes.text ?? `body ${n}`) }
        : { kind: "file", name: wishes.bodyFile },
    rows,
    decisions: rows.map((row) => ({
      ...sampleDecision(row.decision, at),
      message: messageId(n),
      ...wishes.decision,
    })),
  };
}

function sampleRow(n: number, lane: Lane): QueueRow {
  const local = lane === "local";
  return {
    id: queueId(n),
    lane,
    recipient: local ? "carol@example.test" : "bob@example.org",
    target: local ? "carol@example.test" : "bob@example.org",
    destination: local ? "" : "example.org",
    decision: decisionId(n),
  };
}

/** Decision `n`, of no message. */
export function sampleDecision(n: number, at: Instant = NOON): JournalEntry {
  return {
    id: decisionId(n),
    at,
    client: "192.0.2.1",
    listener: "submission",
    tls: true,
    helo: "client.example.test",
    sender: "alice@example.test",
    recipient: "bob@example.org",
    verdict: "relay",
    reason: "granted-privileged-ip",
    grounds: ["privileged-ip", "local-sender"],
    identity: "privileged:3",
    policy: 1,
    reply: "250 2.1.5 Recipient ok",
  };
}

/** An outcome of each kind. */
export const OUTCOMES: Readonly<Record<Outcome["kind"], Outcome>> = {
  delivered: { kind: "delivered", status: "2.0.0", diagnostic: "queued", remote: "mx.example.org" },
  deferred: { kind: "deferred", status: "4.2.1", diagnostic: "try later", remote: "mx.example.org" },
  failed: { kind: "failed", status: "5.1.1", diagnostic: "no such user" },
};
