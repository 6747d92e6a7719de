import type { SQLInputValue } from "node:sqlite";
import { storedId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { AcceptedMessage, Envelope, Lane, QueueEntry, QueueRow } from "../../ports/queue-store.ts";
import { flag, integer, listOf, oneOf, optionalText, type Stored, text } from "./columns.ts";

// Rows cross threads and statements as arrays in these orders: copying an array between threads costs a third of copying
// an object with named fields.

/** The columns of `message`, in the order of {@link messageValues}. */
export const MESSAGE_COLUMNS = [
  "id",
  "accepted_at",
  "expires_at",
  "sender",
  "size",
  "smtp_utf8",
  "eight_bit",
  "ret",
  "envid",
  "client",
  "listener",
  "login",
  "body_file",
  "account",
  "first_row",
  "last_row",
] as const;

/** The columns of `queue` that a row has from the start, in the order of {@link queueValues}. */
export const NEW_QUEUE_COLUMNS = [
  "id",
  "message",
  "lane",
  "recipient",
  "target",
  "destination",
  "notify",
  "orcpt",
  "decision",
  "due_at",
  "leased_from",
] as const;

/** All columns of `queue`, in the order that {@link queueEntryFrom} reads. */
export const QUEUE_COLUMNS = [
  ...NEW_QUEUE_COLUMNS,
  "attempts",
  "delay_warned",
  "held",
  "last_kind",
  "last_status",
  "last_diagnostic",
  "last_remote",
] as const;

const LANES: readonly Lane[] = ["local", "outbound"];
const NOTIFY = ["NEVER", "SUCCESS", "FAILURE", "DELAY"] as const;
const RET = ["FULL", "HDRS"] as const;
const OUTCOMES = ["delivered", "deferred", "failed"] as const;

/** A message's row. */
export function messageValues({ envelope, body, rows }: AcceptedMessage): SQLInputValue[] {
  const ids = rows.map(({ id }) => id);
  return [
    envelope.id,
    envelope.acceptedAt,
    envelope.expiresAt,
    envelope.sender,
    envelope.size,
    envelope.smtpUtf8 ? 1 : 0,
    envelope.eightBit ? 1 : 0,
    envelope.ret ?? null,
    envelope.envid ?? null,
    envelope.origin.client,
    envelope.origin.listener,
    envelope.origin.login ?? null,
    body.kind === "file" ? body.name : null,
    envelope.origin.account ?? null,
    Math.min(...ids),
    Math.max(...ids),
  ];
}

/** A new row of the queue: due from the start, or leased from the start. */
export function queueValues(row: QueueRow, { envelope, leased }: AcceptedMessage): SQLInputValue[] {
  const leasedUntil = leased?.lanes.has(row.lane) ? leased.until : undefined;
  return [
    row.id,
    envelope.id,
    row.lane,
    row.recipient,
    row.target,
    row.destination,
    row.notify ? row.notify.join(",") : null,
    row.orcpt ?? null,
    row.decision,
    leasedUntil ?? envelope.acceptedAt,
    leasedUntil === undefined ? null : envelope.acceptedAt,
  ];
}

/** The envelope of a row that begins with {@link MESSAGE_COLUMNS}. */
export function envelopeFrom(row: readonly Stored[]): Envelope {
  const ret = row[7] === null ? undefined : oneOf(RET, row[7]);
  const envid = optionalText(row[8]);
  const login = optionalText(row[11]);
  const account = optionalText(row[13]);
  return {
    id: storedId(integer(row[0])),
    acceptedAt: instant(integer(row[1])),
    expiresAt: instant(integer(row[2])),
    sender: text(row[3]),
    size: integer(row[4]),
    smtpUtf8: flag(row[5]),
    eightBit: flag(row[6]),
    ...(ret === undefined ? {} : { ret }),
    ...(envid === undefined ? {} : { envid }),
    origin: {
      client: text(row[9]),
      listener: text(row[10]),
      ...(login === undefined ? {} : { login }),
      ...(account === undefined ? {} : { account }),
    },
  };
}

/** The body file's name of a row that begins with {@link MESSAGE_COLUMNS}; `undefined` where the body is inline. */
export function bodyFileFrom(row: readonly Stored[]): string | undefined {
  return optionalText(row[12]);
}

/** The message that a row of {@link QUEUE_COLUMNS} belongs to. */
export function messageIdFrom(row: readonly Stored[]): number {
  return integer(row[1]);
}

/** The queue row of a row that begins with {@link QUEUE_COLUMNS}. */
export function queueRowFrom(row: readonly Stored[]): QueueRow {
  const orcpt = optionalText(row[7]);
  return {
    id: storedId(integer(row[0])),
    lane: oneOf(LANES, row[2]),
    recipient: text(row[3]),
    target: text(row[4]),
    destination: text(row[5]),
    ...(row[6] === null ? {} : { notify: listOf(NOTIFY, row[6]) }),
    ...(orcpt === undefined ? {} : { orcpt }),
    decision: storedId(integer(row[8])),
  };
}

/** How often a row of {@link QUEUE_COLUMNS} has been attempted, and whether its sender has been told of the delay. */
export function attemptsFrom(row: readonly Stored[]): { attempts: number; delayWarned: boolean } {
  return { attempts: integer(row[11]), delayWarned: flag(row[12]) };
}

/** An entry for people, of a row of {@link QUEUE_COLUMNS} followed by {@link MESSAGE_COLUMNS}. */
export function queueEntryFrom(row: readonly Stored[]): QueueEntry {
  const last = lastOutcomeFrom(row);
  return {
    envelope: envelopeFrom(row.slice(QUEUE_COLUMNS.length)),
    row: queueRowFrom(row),
    attempts: integer(row[11]),
    nextAttemptAt: instant(integer(row[9])),
    leased: row[10] !== null,
    held: flag(row[13]),
    ...(last === undefined ? {} : { last }),
  };
}

function lastOutcomeFrom(row: readonly Stored[]): Outcome | undefined {
  if (row[14] === null) return undefined;
  const remote = optionalText(row[17]);
  return {
    kind: oneOf(OUTCOMES, row[14]),
    status: text(row[15]),
    diagnostic: text(row[16]),
    ...(remote === undefined ? {} : { remote }),
  };
}
