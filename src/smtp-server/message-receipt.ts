import { formatId } from "../core/ids.ts";
import { replies } from "../core/replies.ts";
import type { Reply } from "../core/reply.ts";
import { describeLimit, type LimitReached } from "../core/sending-limits.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import { scanHeader } from "../protocol/message/header-scan.ts";
import { protocolName, receivedField } from "../protocol/message/received-field.ts";
import type { BodySink } from "../spool/body-sink.ts";
import type { SessionContext } from "./session-context.ts";
import type { Hello, Login, Transaction } from "./transaction.ts";

/** What the reader saw in the whole body. */
export interface BodyEnd {
  /** A bare CR or LF stood in it. */
  readonly bareNewline: boolean;
  /** A byte over 127 stood in it. */
  readonly eightBit: boolean;
}

/** A message on its way in: from 354 or the first BDAT to the reply that takes it or not. */
export interface MessageReceipt {
  /** Takes a piece of the body; a promise where the disk has to be waited for. */
  write(chunk: Buffer): Promise<void> | undefined;
  /** Ends the message; the reply says `250` only when it is on disk. */
  finish(end: BodyEnd): Promise<Reply>;
  /** Forgets the message (RSET, disconnect, bad chunk). */
  discard(): Promise<void>;
  /** Whether more has come than is worth reading to the end. */
  readonly hopeless: boolean;
}

/** Begins to receive a message for a transaction, with our Received field before its first line. */
export function receiveMessage(
  context: SessionContext,
  hello: Hello,
  login: Login,
  transaction: Transaction,
): MessageReceipt {
  const id = context.newMessageId();
  const at = context.clock();
  const { maxMessageBytes } = context.limits;
  const sink = context.spool.openBody();
  const trace = Buffer.from(traceField(context, hello, login, transaction, formatId(id)));
  let received = 0;
  let failed: unknown;

  const write = (chunk: Buffer): Promise<void> | undefined => {
    received += chunk.length;
    if (received > maxMessageBytes || failed) return undefined;
    return sink.write(chunk)?.catch((error: unknown) => {
      // The rest is read and dropped: an answer may be given only after the end of the data.
      failed = error;
    });
  };
  /** What cannot be deleted now is deleted at the next start; the answer to the client is the same. */
  const discard = (): Promise<void> =>
    sink
      .discard()
      .catch((error: unknown) => context.log.warn("body-not-discarded", { detail: String(error) }));
  // A field of a few hundred bytes stays in memory: there is nothing to wait for.
  void sink.write(trace);

  return {
    write,
    get hopeless() {
      return received > hopelessBytes(maxMessageBytes);
    },
    discard: () => sink.discard(),
    async finish(end) {
      const refusal = refuse(context, { received, bareNewline: end.bareNewline, sink });
      if (refusal ?? failed) await discard();
      if (refusal) return refusal;
      try {
        if (failed) throw failed;
        const accepted = await context.spool.accept({
          envelope: {
            id,
            acceptedAt: at,
            sender: transaction.senderText,
            size: sink.size,
            smtpUtf8: transaction.params.smtpUtf8,
            eightBit: transaction.params.body === "8BITMIME" || end.eightBit,
            ...(transaction.params.ret ? { ret: transaction.params.ret } : {}),
            ...(transaction.params.envid !== undefined ? { envid: transaction.params.envid } : {}),
            origin: {
              client: context.client.text,
              listener: context.listener.name,
              ...answeringFor(login, transaction),
            },
          },
          body: await sink.finish(),
          caps: capsOf(transaction),
          recipients: transaction.recipients.map(({ text, params, targets, decision }) => ({
            text,
            targets,
            ...(params.notify ? { notify: params.notify } : {}),
            ...(params.orcpt !== undefined ? { orcpt: params.orcpt } : {}),
            decision,
          })),
        });
        if (!accepted.ok) return overLimit(context, transaction, accepted.error);
        return replies.queued(formatId(id));
      } catch (error) {
        return notKept(context, error);
      }
    },
  };
}

const SPARE_BYTES = 1024 * 1024;

/** How much of a message is read, to refuse it at its end as RFC 5321 4.2.1 has it; a larger one loses its connection. */
export function hopelessBytes(maxMessageBytes: number): number {
  return 2 * maxMessageBytes + SPARE_BYTES;
}

function refuse(
  context: SessionContext,
  message: { received: number; bareNewline: boolean; sink: BodySink },
): Reply | undefined {
  if (message.received > context.limits.maxMessageBytes)
    return replies.tooLarge(context.limits.maxMessageBytes);
  // A bare CR or LF may mean an end of data to the next server that it did not mean here (SMTP smuggling); RFC 5321 2.3.8.
  if (message.bareNewline) return replies.dataBareNewline;
  // Our own field is among those counted. RFC 5321 6.3
  if (scanHeader(message.sink.head()).received > context.limits.maxReceivedFields) return replies.routingLoop;
  return undefined;
}

/** The account that answers for a message: by its login here, or by POP. */
function answeringFor(login: Login, { recipients }: Transaction): { login?: string; account?: string } {
  if (login.state === "in") return { login: login.account };
  const account = recipients.find((recipient) => recipient.account !== undefined)?.account;
  return account === undefined ? {} : { account };
}

/** The daily caps of the privileged entries that answer for its recipients, by identity. */
function capsOf({ recipients }: Transaction): ReadonlyMap<string, number> {
  const caps = new Map<string, number>();
  for (const { decision, dailyCap } of recipients)
    if (dailyCap !== undefined) caps.set(decision.identity, dailyCap);
  return caps;
}

/** Another message has taken the last place since RCPT. The decisions come to nothing, and are journaled so. */
function overLimit(
  context: SessionContext,
  { recipients, senderText }: Transaction,
  reached: LimitReached,
): Reply {
  context.journal
    .record(recipients.map(({ decision }) => decision))
    .catch((error: unknown) => context.log.error("journal-not-written", { detail: String(error) }));
  context.log.info("refused", {
    reason: "denied-limit",
    client: context.client.text,
    sender: senderText,
    limit: reached.name,
  });
  return replies.limit(describeLimit(reached));
}

function notKept(context: SessionContext, error: unknown): Reply {
  const detail = error instanceof Error ? error.message : String(error);
  context.log.error("message-not-kept", {
    client: context.client.text,
    detail,
    expected: error instanceof StoreUnavailable,
  });
  return error instanceof StoreUnavailable && error.full ? replies.noRoom : replies.storeUnavailable;
}

function traceField(
  context: SessionContext,
  hello: Hello,
  login: Login,
  transaction: Transaction,
  id: string,
): string {
  const only = transaction.recipients.length === 1 ? transaction.recipients[0] : undefined;
  const { tls } = context;
  return receivedField({
    helo: hello.name,
    clientIp: context.client,
    hostname: context.hostname,
    protocol: protocolName({
      esmtp: hello.esmtp,
      tls: tls !== undefined,
      auth: login.state === "in",
      utf8: transaction.params.smtpUtf8,
    }),
    id,
    ...(tls ? { tls: { version: tls.version, cipher: tls.cipher } } : {}),
    // RFC 5321 4.4: with more than one recipient the field would tell each of the others.
    ...(only ? { recipient: only.text } : {}),
    at: context.clock(),
  });
}
