import type { Duplex } from "node:stream";
import { type ChannelOwner, ClientChannel } from "../connections/client-channel.ts";
import type { Session } from "../connections/session-table.ts";
import type { UpgradeTls } from "../connections/tls-upgrade.ts";
import type { Instant } from "../core/instant.ts";
import { type PopReply, popReplies } from "../core/pop-reply.ts";
import { type LineInput, lineInput } from "../protocol/line/line-input.ts";
import type { LineEvent } from "../protocol/line/line-reader.ts";
import { parsePopCommand } from "../protocol/pop3/command.ts";
import { MULTI_LINE_END } from "../protocol/pop3/message-encoder.ts";
import { encodePopReply } from "../protocol/pop3/reply-codec.ts";
import { authResponse } from "./commands/log-in.ts";
import { bodyPieces } from "./pop-body.ts";
import { answer } from "./pop-command-table.ts";
import type { PopContext } from "./pop-context.ts";
import type { PopState, PopStep } from "./pop-state.ts";

/** RFC 5034 4: a line of an authentication exchange. */
const MAX_AUTH_LINE_BYTES = 12_288;
/** RFC 2449 4 has 255 octets; a password may have 1,024. */
const MAX_COMMAND_BYTES = 2048;

/** One client's session: commands to the table one after another, replies and messages to the channel. */
export class PopConnection implements ChannelOwner<LineEvent>, Session {
  readonly #input: LineInput = lineInput({ maxLineBytes: MAX_AUTH_LINE_BYTES });
  readonly #channel: ClientChannel<LineEvent>;
  readonly #upgrade: UpgradeTls;
  readonly #onClosed: () => void;
  #context: PopContext;
  #state: PopState = { phase: "authorization" };
  #draining = false;
  #gone = false;
  #errors = 0;
  #lastProgressAt: Instant;
  readonly #startedAt: Instant;

  constructor(stream: Duplex, context: PopContext, upgrade: UpgradeTls, onClosed: () => void) {
    this.#channel = new ClientChannel(stream, this.#input, this);
    this.#context = context;
    this.#upgrade = upgrade;
    this.#onClosed = onClosed;
    this.#lastProgressAt = context.clock();
    this.#startedAt = this.#lastProgressAt;
  }

  /** Greets and begins to read. */
  start(): void {
    this.#channel.begin(encodePopReply(popReplies.greeting(this.#context.hostname)));
  }

  /** RFC 1939 3: the autologout timer closes without a word, and deletes nothing. */
  closeIfOverdue(now: Instant): void {
    this.#channel.destroyIfOverdue(now);
    const { idleTimeoutMs, sessionTimeoutMs } = this.#context.limits;
    // In the middle of a message: the client takes none of it.
    if (now - this.#lastProgressAt > idleTimeoutMs) this.destroy();
    else if (!this.#channel.busy && now - this.#startedAt > sessionTimeoutMs) this.destroy();
  }

  /** Lets a message under way, and a session that has marked messages to delete, come to its end. */
  drain(): void {
    this.#draining = true;
    if (!this.#channel.busy) this.#endWhenPossible();
  }

  account(): string | undefined {
    return this.#state.phase === "transaction" ? this.#state.account : undefined;
  }

  /** Ends the connection without another word. */
  destroy(): void {
    this.#channel.destroy();
  }

  closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#release(this.#state);
    this.#onClosed();
  }

  failed(error: unknown): void {
    this.#context.log.error("session-fault", {
      client: this.#context.client.text,
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    this.#close(popReplies.failure);
  }

  rested(): void {
    if (this.#draining) this.#endWhenPossible();
  }

  async take(event: LineEvent): Promise<void> {
    this.#lastProgressAt = this.#context.clock();
    if (event.kind !== "line") {
      this.#fault(event.kind === "line-too-long" ? popReplies.lineTooLong : popReplies.bareNewline);
      return;
    }
    if (this.#state.phase === "auth")
      return this.#settle(await authResponse(this.#context, this.#state, event.line.toString("latin1")));
    if (event.line.length > MAX_COMMAND_BYTES) return this.#fault(popReplies.lineTooLong);
    await this.#settle(await answer(this.#context, this.#state, parsePopCommand(event.line)));
  }

  /** A line that is no command at all. Within a login it ends the exchange. */
  #fault(reply: PopReply): void {
    if (this.#state.phase === "auth") this.#state = { phase: "authorization" };
    this.#reply(reply);
  }

  async #settle(step: PopStep): Promise<void> {
    const before = this.#state;
    this.#state = step.state;
    // The client may have gone while its mailbox was being opened.
    if (this.#gone && before !== step.state) this.#release(step.state);
    this.#reply(step.reply);
    if (step.body) await this.#send(step.body);
    if (this.#channel.ended) return;
    if (step.next === "close") this.#close();
    else if (step.next === "start-tls") await this.#startTls();
  }

  async #send(body: NonNullable<PopStep["body"]>): Promise<void> {
    try {
      for await (const piece of bodyPieces(body)) {
        // Leaving the loop closes the message.
        if (this.#channel.ended) return;
        const taken = this.#channel.writeBytes(piece);
        if (taken) await taken;
        this.#lastProgressAt = this.#context.clock();
      }
      this.#channel.write(MULTI_LINE_END);
    } catch (error) {
      // The end mark would make the client take half a message for a whole one.
      this.#context.log.error("message-broken-off", {
        client: this.#context.client.text,
        detail: error instanceof Error ? error.message : String(error),
      });
      this.destroy();
    }
  }

  async #startTls(): Promise<void> {
    const tls = await this.#channel.startTls(this.#upgrade, this.#context);
    if (tls) this.#context = { ...this.#context, tls };
  }

  #reply(reply: PopReply): void {
    this.#write(reply);
    if (reply.status !== "-ERR") return;
    this.#errors += 1;
    if (this.#errors >= this.#context.limits.maxErrors) this.#close(popReplies.tooManyErrors);
  }

  #write(reply: PopReply): void {
    this.#channel.write(encodePopReply(reply));
  }

  #endWhenPossible(): void {
    if (this.#state.phase === "transaction") {
      if (this.#state.marked.size === 0) this.#channel.end(this.#context.clock(), false);
    } else this.#close(popReplies.shuttingDown);
  }

  /** Ends the session, with a last reply where it is our wish; without one the client has asked for it, and sends no more. */
  #close(last?: PopReply): void {
    if (last) this.#write(last);
    this.#channel.end(this.#context.clock(), last !== undefined);
  }

  #release(state: PopState): void {
    if (state.phase !== "transaction") return;
    state.maildrop
      .close()
      .catch((error: unknown) => this.#context.log.error("mailbox-not-closed", { detail: String(error) }));
  }
}
