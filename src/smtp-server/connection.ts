import type { Duplex } from "node:stream";
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
import type { SessionContext, SessionTls } from "./session-context.ts";
import type { NextAction, SessionState, Step } from "./session-state.ts";

/** RFC 5321 4.5.3.1.4 has 512 octets, and extensions add to it (SIZE, SMTPUTF8, DSN: some 1,500 together). */
const MAX_COMMAND_BYTES = 2048;
/** RFC 4954 4: a line of an authentication exchange. */
const MAX_AUTH_LINE_BYTES = 12_288;
/** With so much unread the socket is not read on: the client waits, not our memory. */
const HIGH_WATER_BYTES = 256 * 1024;
/** How long a client may take over the last words to it. */
const LAST_WORDS_MS = 30_000;

/** Changes the channel to TLS: the clear stream goes in, the encrypted one comes out. */
export type UpgradeTls = (stream: Duplex) => Promise<{ stream: Duplex; tls: SessionTls }>;

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
 * One client's connection: bytes in, commands to the table one after another, replies out. It knows sockets and reading
 * modes; what an answer is it does not know.
 */
export class SmtpConnection {
  readonly #upgrade: UpgradeTls;
  readonly #input: SmtpInput = smtpInput({ maxLineBytes: MAX_AUTH_LINE_BYTES });
  readonly #onClosed: () => void;
  #stream: Duplex;
  #context: SessionContext;
  #state: SessionState = { phase: "connected", login: { state: "none" } };
  #reading: Reading | undefined;
  #out = "";
  #busy = false;
  #closing = false;
  #closingSince: Instant | undefined;
  #draining = false;
  #gone = false;
  #errors = 0;
  #commands = 0;
  #lastProgressAt: Instant;
  readonly #startedAt: Instant;

  constructor(stream: Duplex, context: SessionContext, upgrade: UpgradeTls, onClosed: () => void) {
    this.#stream = stream;
    this.#context = context;
    this.#upgrade = upgrade;
    this.#onClosed = onClosed;
    this.#lastProgressAt = context.clock();
    this.#startedAt = this.#lastProgressAt;
  }

  /** Greets and begins to read. */
  start(): void {
    this.#listen(this.#stream);
    this.#write(replies.greeting(this.#context.hostname));
    this.#flush();
  }

  /** Ends the session if no whole command or piece of a body has come for too long, or if it has lasted too long in all. */
  closeIfOverdue(now: Instant): void {
    // Who does not read would otherwise keep its place for good.
    if (this.#closingSince !== undefined && now - this.#closingSince > LAST_WORDS_MS) this.destroy();
    if (this.#busy) return;
    const { idleTimeoutMs, sessionTimeoutMs } = this.#context.limits;
    if (now - this.#lastProgressAt > idleTimeoutMs) this.#close(replies.idleTooLong);
    else if (now - this.#startedAt > sessionTimeoutMs) this.#close(replies.sessionTooLong);
  }

  /** Lets an open transaction end, then says 421; a session without one is ended at once (RFC 5321 3.8). */
  drain(): void {
    this.#draining = true;
    if (!this.#busy && !this.#inTransaction()) this.#close(replies.shuttingDown(this.#context.hostname));
  }

  /** Ends the connection without another word. */
  destroy(): void {
    this.#stream.destroy();
  }

  #inTransaction(): boolean {
    return this.#reading !== undefined || this.#state.phase === "mail" || this.#state.phase === "chunks";
  }

  #listen(stream: Duplex): void {
    stream.on("data", (chunk: Buffer) => {
      this.#input.push(chunk);
      if (this.#input.buffered > HIGH_WATER_BYTES) stream.pause();
      void this.#pump();
    });
    stream.on("error", () => stream.destroy());
    // The listener hands sockets over paused.
    stream.resume();
    stream.on("close", () => {
      if (stream === this.#stream) this.#closed();
    });
  }

  #closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#closing = true;
    this.#abandon(this.#state);
    if (this.#reading?.receipt) this.#discard(this.#reading.receipt);
    this.#reading = undefined;
    this.#onClosed();
  }

  /** Works off what has come, one event after another; replies go out together when there is no more (RFC 2920 3.2). */
  async #pump(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let event = this.#input.next(); event && !this.#closing; event = this.#input.next()) {
        const work = this.#take(event);
        if (work) await work;
      }
    } catch (error) {
      // A fault of ours says nothing about the message: 4xx, and the transaction is over.
      this.#context.log.error("session-fault", {
        client: this.#context.client.text,
        detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      this.#close(replies.temporaryFailure);
    } finally {
      this.#busy = false;
    }
    if (this.#closing) return;
    if (this.#draining && !this.#inTransaction()) this.#close(replies.shuttingDown(this.#context.hostname));
    this.#flush();
    if (this.#stream.isPaused() && this.#input.buffered <= HIGH_WATER_BYTES) this.#stream.resume();
  }

  #take(event: InputEvent): Promise<void> | undefined {
    switch (event.kind) {
      case "data":
        this.#lastProgressAt = this.#context.clock();
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
    const receipt = this.#reading?.receipt;
    if (!receipt) return undefined;
    const written = receipt.write(chunk);
    if (receipt.hopeless) this.#close(replies.tooLarge(this.#context.limits.maxMessageBytes));
    return written;
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
    this.#lastProgressAt = this.#context.clock();
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
    this.#lastProgressAt = this.#context.clock();
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
    if (!step.next || this.#closing) return undefined;
    return this.#continue(step.next);
  }

  #continue(next: Exclude<NextAction, { do: "read-chunk" }>): Promise<void> | undefined {
    switch (next.do) {
      case "close":
        this.#close();
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
    this.#flush();
    const plain = this.#stream;
    plain.removeAllListeners("data");
    plain.pause();
    // RFC 3207 4.2: what was sent in clear before the handshake must not be taken as sent within it.
    const dropped = this.#input.clear();
    if (dropped > 0)
      this.#context.log.warn("starttls-injection", {
        client: this.#context.client.text,
        droppedBytes: dropped,
      });
    try {
      const { stream, tls } = await this.#upgrade(plain);
      this.#stream = stream;
      this.#context = { ...this.#context, tls };
      this.#listen(stream);
    } catch (error) {
      this.#context.log.warn("tls-failed", {
        client: this.#context.client.text,
        detail: error instanceof Error ? error.message : String(error),
      });
      plain.destroy();
    }
  }

  #reply(reply: Reply): void {
    this.#write(reply);
    if (reply.code < 500) return;
    this.#errors += 1;
    if (this.#errors > this.#context.limits.maxErrors) this.#close(replies.tooManyErrors);
  }

  #write(reply: Reply): void {
    this.#out += encodeReply(reply);
  }

  #flush(): void {
    if (this.#out === "") return;
    if (!this.#stream.destroyed) this.#stream.write(this.#out, "latin1");
    this.#out = "";
  }

  #close(last?: Reply): void {
    if (this.#closing) return;
    if (last) this.#write(last);
    this.#closing = true;
    this.#closingSince = this.#context.clock();
    this.#flush();
    const stream = this.#stream;
    stream.end(() => stream.destroy());
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
