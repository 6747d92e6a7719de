import type { Duplex } from "node:stream";
import { type ChannelOwner, ClientChannel } from "../connections/client-channel.ts";
import type { Session } from "../connections/session-table.ts";
import type { UpgradeTls } from "../connections/tls-upgrade.ts";
import type { Instant } from "../core/instant.ts";
import { replies } from "../core/replies.ts";
import type { Reply } from "../core/reply.ts";
import { parseCommand } from "../protocol/smtp/command.ts";
import { type InputEvent, type SmtpInput, smtpInput } from "../protocol/smtp/input.ts";
import { encodeReply } from "../protocol/smtp/reply-codec.ts";
import { journalAbandoned } from "./abandoned-transaction.ts";
import { answer, withoutTransaction } from "./command-table.ts";
import { authResponse } from "./commands/auth.ts";
import type { BodyEnd, MessageReceipt } from "./message-receipt.ts";
import type { SessionContext } from "./session-context.ts";
import type { NextAction, SessionState, Step } from "./session-state.ts";

/** RFC 4954 4: a line of an authentication exchange. */
const MAX_AUTH_LINE_BYTES = 12_288;
/** RFC 5321 4.5.3.1.4 has 512 octets, and extensions add to it (SIZE, SMTPUTF8, DSN: some 1,500 together). */
const MAX_COMMAND_BYTES = 2048;
/**
 * A body has made progress when so much more of it has come, or it would hold its place with a byte every few minutes: by
 * RFC 5321 4.5.3.2.5 a client has three minutes for a block, and we give the idle time of commands for this one.
 */
const BLOCK_BYTES = 4096;

type Reading =
  | { readonly what: "data"; readonly receipt: MessageReceipt }
  | {
      readonly what: "chunk";
      readonly size: number;
      readonly last: boolean;
      readonly receipt: MessageReceipt | undefined;
      readonly reply: Reply | undefined;
    };

/**
 * One client's session: commands to the table one after another, replies to the channel. It knows reading modes and times;
 * what an answer is it does not know.
 */
export class SmtpConnection implements ChannelOwner<InputEvent>, Session {
  readonly #input: SmtpInput = smtpInput({ maxLineBytes: MAX_AUTH_LINE_BYTES });
  readonly #channel: ClientChannel<InputEvent>;
  readonly #upgrade: UpgradeTls;
  readonly #onClosed: () => void;
  #context: SessionContext;
  #state: SessionState = { phase: "connected", login: { state: "none" } };
  #reading: Reading | undefined;
  #draining = false;
  #gone = false;
  #errors = 0;
  #commands = 0;
  #blockBytes = 0;
  #lastProgressAt: Instant;
  readonly #startedAt: Instant;

  constructor(stream: Duplex, context: SessionContext, upgrade: UpgradeTls, onClosed: () => void) {
    this.#channel = new ClientChannel(stream, this.#input, this);
    this.#context = context;
    this.#upgrade = upgrade;
    this.#onClosed = onClosed;
    this.#lastProgressAt = context.clock();
    this.#startedAt = this.#lastProgressAt;
  }

  /** Greets and begins to read. */
  start(): void {
    this.#channel.begin(encodeReply(replies.greeting(this.#context.hostname)));
  }

  /** Ends the session if no whole command or piece of a body has come for too long, or if it has lasted too long in all. */
  closeIfOverdue(now: Instant): void {
    this.#channel.destroyIfOverdue(now);
    if (this.#channel.busy) return;
    const { idleTimeoutMs, sessionTimeoutMs } = this.#context.limits;
    if (now - this.#lastProgressAt > idleTimeoutMs) this.#close(replies.idleTooLong);
    else if (now - this.#startedAt > sessionTimeoutMs) this.#close(replies.sessionTooLong);
  }

  /** Lets an open transaction end, then says 421; a session without one is ended at once (RFC 5321 3.8). */
  drain(): void {
    this.#draining = true;
    if (!this.#channel.busy && !this.#inTransaction())
      this.#close(replies.shuttingDown(this.#context.hostname));
  }

  account(): string | undefined {
    const { login } = this.#state;
    return login.state === "in" ? login.account : undefined;
  }

  /** Ends the connection without another word. */
  destroy(): void {
    this.#channel.destroy();
  }

  #inTransaction(): boolean {
    return this.#reading !== undefined || this.#state.phase === "mail" || this.#state.phase === "chunks";
  }

  closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#abandon(this.#state);
    if (this.#reading?.receipt) this.#discard(this.#reading.receipt);
    this.#reading = undefined;
    this.#onClosed();
  }

  failed(error: unknown): void {
    // A fault of ours says nothing about the message: 4xx, and the transaction is over.
    this.#context.log.error("session-fault", {
      client: this.#context.client.text,
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    this.#close(replies.temporaryFailure);
  }

  rested(): void {
    if (this.#draining && !this.#inTransaction()) this.#close(replies.shuttingDown(this.#context.hostname));
  }

  take(event: InputEvent): Promise<void> | undefined {
    switch (event.kind) {
      case "data":
        return this.#takeData(event.chunk);
      case "data-end":
      case "bdat-end":
        return this.#endReading(event);
      case "line":
        return this.#takeLine(event.line);
      case "line-too-long":
        return this.#fault(replies.lineTooLong);
      case "bare-newline":
        return this.#fault(replies.bareNewline);
    }
  }

  #takeData(chunk: Buffer): Promise<void> | undefined {
    this.#blockBytes += chunk.length;
    if (this.#blockBytes >= BLOCK_BYTES) this.#progressed();
    const receipt = this.#reading?.receipt;
    if (!receipt) return undefined;
    const written = receipt.write(chunk);
    if (receipt.hopeless) this.#close(replies.tooLarge(this.#context.limits.maxMessageBytes));
    return written;
  }

  #progressed(): void {
    this.#blockBytes = 0;
    this.#lastProgressAt = this.#context.clock();
  }

  async #endReading(end: BodyEnd): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    if (!reading) return;
    if (reading.what === "chunk" && (!reading.receipt || !reading.last)) {
      this.#reply(reading.reply ?? replies.chunkOk(reading.size));
      return;
    }
    const reply = await reading.receipt?.finish(end);
    if (reply) this.#reply(reply);
  }

  #takeLine(line: Buffer): Promise<void> | undefined {
    this.#progressed();
    if (this.#state.phase === "auth")
      return this.#apply(authResponse(this.#context, this.#state, line.toString("latin1")));
    if (line.length > MAX_COMMAND_BYTES) return this.#fault(replies.lineTooLong);
    this.#commands += 1;
    if (this.#commands > this.#context.limits.maxCommands) {
      this.#close(replies.tooManyCommands);
      return undefined;
    }
    const utf8 = this.#state.phase === "mail" && this.#state.transaction.params.smtpUtf8;
    return this.#apply(answer(this.#context, this.#state, parseCommand(line, { utf8 })));
  }

  /** A line that is no command at all. Within a login it ends the exchange. */
  #fault(reply: Reply): Promise<void> | undefined {
    this.#progressed();
    if (this.#state.phase === "auth")
      this.#state = { phase: "idle", hello: this.#state.hello, login: this.#state.login };
    this.#reply(reply);
    return undefined;
  }

  #apply(step: Step | Promise<Step>): Promise<void> | undefined {
    if (step instanceof Promise) return step.then((settled) => this.#settle(settled));
    return this.#settle(step);
  }

  #settle(step: Step): Promise<void> | undefined {
    const before = this.#state;
    this.#state = step.state;
    if (forgot(before, step)) this.#abandon(before);
    if (step.next?.do === "read-chunk") {
      this.#read(step.next, step.reply);
      return undefined;
    }
    if (step.reply) this.#reply(step.reply);
    if (!step.next || this.#channel.ended) return undefined;
    return this.#continue(step.next);
  }

  #continue(next: Exclude<NextAction, { do: "read-chunk" }>): Promise<void> | undefined {
    switch (next.do) {
      case "close":
        this.#channel.end(this.#context.clock(), next.linger);
        return undefined;
      case "start-tls":
        return this.#startTls();
      case "read-data":
        this.#reading = { what: "data", receipt: next.receipt };
        this.#input.mode("data");
        return undefined;
    }
  }

  #read(next: Extract<NextAction, { do: "read-chunk" }>, reply: Reply | undefined): void {
    this.#reading = { what: "chunk", size: next.size, last: next.last, receipt: next.receipt, reply };
    this.#input.mode({ bdat: next.size, first: next.first, last: next.last });
  }

  async #startTls(): Promise<void> {
    const tls = await this.#channel.startTls(this.#upgrade, this.#context);
    if (tls) this.#context = { ...this.#context, tls };
  }

  #reply(reply: Reply): void {
    this.#channel.write(encodeReply(reply));
    if (reply.code < 500) return;
    this.#errors += 1;
    if (this.#errors >= this.#context.limits.maxErrors) this.#close(replies.tooManyErrors);
  }

  /** Ends the session at our wish. */
  #close(last: Reply): void {
    this.#channel.write(encodeReply(last));
    this.#channel.end(this.#context.clock(), true);
  }

  /** A transaction that came to nothing: what was decided in it is journaled all the same. */
  #abandon(state: SessionState): void {
    if (state.phase === "chunks") this.#discard(state.receipt);
    journalAbandoned(this.#context, state);
    this.#state = withoutTransaction(this.#state);
  }

  /** A file that cannot be deleted now is deleted at the next start; the client is not concerned. */
  #discard(receipt: MessageReceipt): void {
    receipt
      .discard()
      .catch((error: unknown) => this.#context.log.warn("body-not-discarded", { detail: String(error) }));
  }
}

/** Whether a step forgot a transaction that is not on its way to the spool. */
function forgot(before: SessionState, step: Step): boolean {
  if (before.phase !== "mail" && before.phase !== "chunks") return false;
  if (step.state.phase === "mail" || step.state.phase === "chunks") return false;
  return step.next?.do !== "read-data" && step.next?.do !== "read-chunk";
}
