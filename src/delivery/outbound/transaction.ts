import type { Outcome } from "../../core/outcome.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { RowOutcome } from "../../ports/deliver-message.ts";
import type { QueueRow } from "../../ports/queue-store.ts";
import type { PeerCapabilities } from "../../protocol/smtp/ehlo.ts";
import type { ReceivedReply } from "../../protocol/smtp/reply-codec.ts";
import {
  accepted,
  classifyReply,
  connectionOutcome,
  isTooManyRecipients,
  type Remote,
  type Stage,
} from "./classify.ts";
import { dotStuffer, dotStuffWhole } from "./dot-stuff.ts";
import { mailCommand, recipientCommand } from "./envelope-commands.ts";
import type { Exchange, Loss } from "./exchange.ts";
import { type Fitting, fitPeer } from "./fit-peer.ts";
import { SESSION_TIMEOUTS } from "./session-timeouts.ts";

/** One message for one peer, with as many recipients as go into one transaction. */
export interface Transaction extends Fitting {
  /** The whole body at once, or in pieces. Asked for once. */
  readonly body: () => Uint8Array | AsyncIterable<Uint8Array>;
}

/** How a transaction ended. */
export interface TransactionEnd {
  readonly outcomes: readonly RowOutcome[];
  /** Rows about which nothing was decided because the connection failed first: another host may take them now. */
  readonly undecided: readonly QueueRow[];
  /** What the connection failed of, where it did. */
  readonly loss?: Outcome;
  /** Whether the peer is left within a transaction, so that RSET must come before the next. */
  readonly unfinished: boolean;
}

/** The established connection that a transaction runs on. */
export interface Line {
  readonly exchange: Exchange;
  readonly peer: PeerCapabilities;
  readonly remote: Remote;
  /** Whether RSET must go first. */
  readonly unfinished: boolean;
}

/** How soon recipients are tried again that were only too many for one transaction. */
const TOO_MANY_RETRY_MS = 60_000;

const DATA = "DATA\r\n";
const RSET = "RSET\r\n";
const END_OF_NOTHING = Buffer.from(".\r\n");
const CLOSING: Loss = { trouble: "lost", detail: "the peer is closing" };

/** Runs one mail transaction (RFC 5321 3.3), pipelined where the peer allows it (RFC 2920). */
export async function transact(line: Line, transaction: Transaction): Promise<TransactionEnd> {
  const fit = await fitPeer(transaction, line.peer, line.remote);
  const outcomes: RowOutcome[] = fit.failed.map(({ row, outcome }) => ({ row: row.id, outcome }));
  if (fit.fitting.length === 0) {
    return { outcomes, undecided: [], unfinished: line.unfinished };
  }
  const opened = await openTransaction(line, transaction, fit.fitting);
  outcomes.push(...opened.outcomes);
  if (opened.kind === "lost") {
    const decided = new Set(outcomes.map(({ row }) => row));
    const undecided = fit.fitting.filter(({ id }) => !decided.has(id));
    return { outcomes, undecided, loss: opened.loss, unfinished: false };
  }
  if (opened.kind === "closed") return { outcomes, undecided: [], unfinished: opened.unfinished };
  const outcome = await sendBody(line, transaction);
  const handover = line.peer.dsn ? "passed-on" : "relayed";
  for (const { id } of opened.taken) {
    outcomes.push(outcome.kind === "delivered" ? { row: id, outcome, handover } : { row: id, outcome });
  }
  return { outcomes, undecided: [], unfinished: false };
}

type Opened =
  /** The peer waits for the message, for these recipients. */
  | { readonly kind: "open"; readonly outcomes: readonly RowOutcome[]; readonly taken: readonly QueueRow[] }
  /** Everything is decided without a message. */
  | { readonly kind: "closed"; readonly outcomes: readonly RowOutcome[]; readonly unfinished: boolean }
  | { readonly kind: "lost"; readonly outcomes: readonly RowOutcome[]; readonly loss: Outcome };

/** MAIL, RCPT and DATA. With pipelining all go out in one write and the replies are read in their order. */
async function openTransaction(
  line: Line,
  { envelope }: Transaction,
  rows: readonly QueueRow[],
): Promise<Opened> {
  const { exchange, peer } = line;
  const mail = mailCommand(envelope, peer);
  const recipients = rows.map((row) => recipientCommand(row, peer));
  const reset = line.unfinished ? RSET : "";
  if (peer.pipelining) exchange.write(Buffer.from(`${reset}${mail}${recipients.join("")}${DATA}`));
  const ask = (command: string, timeoutMs: number): Promise<Result<ReceivedReply, Outcome>> => {
    if (!peer.pipelining) exchange.write(Buffer.from(command));
    return replyOrLoss(line, timeoutMs);
  };

  const outcomes: RowOutcome[] = [];
  const taken: QueueRow[] = [];
  if (reset) {
    const cleared = await ask(reset, SESSION_TIMEOUTS.mailMs);
    if (!cleared.ok) return { kind: "lost", outcomes, loss: cleared.error };
  }
  const from = await ask(mail, SESSION_TIMEOUTS.mailMs);
  if (!from.ok) return { kind: "lost", outcomes, loss: from.error };
  const refusal = from.value.code === 250 ? undefined : classifyReply(from.value, "mail", line.remote);
  if (refusal && !peer.pipelining) return { kind: "closed", outcomes: all(rows, refusal), unfinished: false };
  for (const [i, row] of rows.entries()) {
    const to = await ask(recipients[i] ?? "", SESSION_TIMEOUTS.recipientMs);
    if (!to.ok) return { kind: "lost", outcomes, loss: to.error };
    if (refusal) outcomes.push({ row: row.id, outcome: refusal });
    else if (to.value.code === 250 || to.value.code === 251) taken.push(row);
    else outcomes.push(refusedRecipient(line, row, to.value, taken.length));
  }
  if (taken.length === 0 && !peer.pipelining) return { kind: "closed", outcomes, unfinished: true };
  const data = await ask(DATA, SESSION_TIMEOUTS.dataMs);
  if (!data.ok) return { kind: "lost", outcomes, loss: data.error };
  if (taken.length === 0) return closeWithoutRecipients(line, data.value, outcomes, refusal === undefined);
  if (data.value.code === 354) return { kind: "open", outcomes, taken };
  const refused = all(taken, classifyReply(data.value, "data", line.remote));
  return { kind: "closed", outcomes: [...outcomes, ...refused], unfinished: true };
}

/** RFC 2920 3.1: a server that says 354 although it took nobody gets the end of data and nothing else. */
async function closeWithoutRecipients(
  line: Line,
  data: ReceivedReply,
  outcomes: readonly RowOutcome[],
  mailTaken: boolean,
): Promise<Opened> {
  if (data.code !== 354) return { kind: "closed", outcomes, unfinished: mailTaken };
  line.exchange.write(END_OF_NOTHING);
  const end = await replyOrLoss(line, SESSION_TIMEOUTS.messageMs);
  return end.ok
    ? { kind: "closed", outcomes, unfinished: false }
    : { kind: "lost", outcomes, loss: end.error };
}

function refusedRecipient(line: Line, row: QueueRow, reply: ReceivedReply, takenBefore: number): RowOutcome {
  const stage: Stage = "recipient";
  const outcome = classifyReply(reply, stage, line.remote, takenBefore);
  return isTooManyRecipients(reply, stage, takenBefore)
    ? { row: row.id, outcome, retryAfterMs: TOO_MANY_RETRY_MS }
    : { row: row.id, outcome };
}

/** Sends the message after 354. Nothing is undecided any more from here on. */
async function sendBody(line: Line, transaction: Transaction): Promise<Outcome> {
  const { exchange, remote } = line;
  const whole = await writeBody(exchange, transaction.body());
  // Also where writing failed: a peer that gives up in the middle of a message may have said why.
  const reply = await exchange.reply(SESSION_TIMEOUTS.messageMs);
  // RFC 1047: the peer may have taken the message and its reply been lost. To send it again may make a duplicate; not to
  // send it again may lose it. It is sent again.
  if (!reply.ok) return connectionOutcome(reply.error.trouble, reply.error.detail, remote);
  if (reply.value.code === 421) exchange.end(CLOSING);
  if (reply.value.code < 200 || reply.value.code >= 300) return classifyReply(reply.value, "message", remote);
  return whole
    ? accepted(reply.value, remote)
    : connectionOutcome("protocol", "the peer took the message before its end", remote);
}

/** @returns whether all of the body went out, with its end. */
async function writeBody(exchange: Exchange, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<boolean> {
  if (body instanceof Uint8Array) {
    exchange.write(dotStuffWhole(body));
    return true;
  }
  const stuffer = dotStuffer();
  try {
    for await (const chunk of body) {
      if (exchange.write(stuffer.next(chunk))) continue;
      const room = await exchange.drained(SESSION_TIMEOUTS.blockMs);
      if (!room.ok) return false;
    }
  } catch {
    // Without its end of data the peer must throw away what it has of the message.
    exchange.end({ trouble: "lost", detail: "the message cannot be read to its end at the moment" });
    return false;
  }
  exchange.write(stuffer.end());
  return true;
}

/** A reply, or the outcome where the connection is lost. 421 is the peer's word that it is (RFC 5321 3.8). */
async function replyOrLoss(line: Line, timeoutMs: number): Promise<Result<ReceivedReply, Outcome>> {
  const reply = await line.exchange.reply(timeoutMs);
  if (!reply.ok) return err(connectionOutcome(reply.error.trouble, reply.error.detail, line.remote));
  if (reply.value.code !== 421) return ok(reply.value);
  line.exchange.end(CLOSING);
  return err(classifyReply(reply.value, "mail", line.remote));
}

function all(rows: readonly QueueRow[], outcome: Outcome): RowOutcome[] {
  return rows.map(({ id }) => ({ row: id, outcome }));
}
