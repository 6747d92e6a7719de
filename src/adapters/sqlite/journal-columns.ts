import type { SQLInputValue } from "node:sqlite";
import { storedId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import type { JournalEntry } from "../../ports/journal.ts";
import type { Verdict } from "../../relay/decision.ts";
import type { Ground, Reason } from "../../relay/reason.ts";
import { flag, integer, listOf, oneOf, optionalInteger, optionalText, type Stored, text } from "./columns.ts";

/** The columns of `decision`, in the order of {@link decisionValues} and {@link decisionFrom}. */
export const DECISION_COLUMNS = [
  "id",
  "at",
  "message",
  "client",
  "listener",
  "tls",
  "helo",
  "login",
  "sender",
  "recipient",
  "verdict",
  "reason",
  "grounds",
  "identity",
  "policy",
  "reply",
] as const;

/** The words that a decision's row may hold; a test keeps them the same as those of the decision. */
export const DECISION_WORDS: {
  readonly verdicts: readonly Verdict[];
  readonly reasons: readonly Reason[];
  readonly grounds: readonly Ground[];
} = {
  verdicts: ["relay", "deliver", "reject", "defer"],
  reasons: [
    "local-recipient",
    "granted-authenticated",
    "granted-pop-before-smtp",
    "granted-privileged-ip",
    "granted-local-sender",
    "denied-relay-off",
    "denied-no-ground",
    "denied-unknown-recipient",
    "denied-sender-not-yours",
    "denied-blocked",
    "denied-suspended",
    "denied-limit",
    "denied-failed-login",
    "denied-address-form",
    "deferred-lookup",
  ],
  grounds: ["authenticated", "pop-before-smtp", "privileged-ip", "local-sender"],
};

/** A decision's row. */
export function decisionValues(entry: JournalEntry): SQLInputValue[] {
  return [
    entry.id,
    entry.at,
    entry.message ?? null,
    entry.client,
    entry.listener,
    entry.tls ? 1 : 0,
    entry.helo,
    entry.login ?? null,
    entry.sender,
    entry.recipient,
    entry.verdict,
    entry.reason,
    entry.grounds.join(","),
    entry.identity,
    entry.policy,
    entry.reply,
  ];
}

/** The decision of a row of {@link DECISION_COLUMNS}. */
export function decisionFrom(row: readonly Stored[]): JournalEntry {
  const message = optionalInteger(row[2]);
  const login = optionalText(row[7]);
  return {
    id: storedId(integer(row[0])),
    at: instant(integer(row[1])),
    ...(message === undefined ? {} : { message: storedId(message) }),
    client: text(row[3]),
    listener: text(row[4]),
    tls: flag(row[5]),
    helo: text(row[6]),
    ...(login === undefined ? {} : { login }),
    sender: text(row[8]),
    recipient: text(row[9]),
    verdict: oneOf(DECISION_WORDS.verdicts, row[10]),
    reason: oneOf(DECISION_WORDS.reasons, row[11]),
    grounds: listOf(DECISION_WORDS.grounds, row[12]),
    identity: text(row[13]),
    policy: integer(row[14]),
    reply: text(row[15]),
  };
}
