import type { Duplex } from "node:stream";
import type { Instant } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { Logger } from "../ports/logger.ts";
import type { SessionTls, UpgradeTls } from "./tls-upgrade.ts";

/** With so much unread the socket is not read on: the client waits, not our memory. */
const HIGH_WATER_BYTES = 64 * 1024;
/** Replies to pipelined commands go out together, but not more than this at a time (RFC 2920 3.2). */
const FLUSH_BYTES = 8 * 1024;
/** So much of what one client has sent is worked off in a row, before the others get their turn. */
const EVENTS_A_TURN = 16;
/** How long a client may take over the last words to it. */
const LAST_WORDS_MS = 30_000;
/** How long we read on, and drop what comes, once the last words are out. */
const LINGER_MS = 2000;

/** Makes events of the bytes that a client sends: commands, and what else its protocol has. */
export interface ChannelInput<Event> {
  /** Takes bytes as they came from the socket. */
  push(chunk: Buffer): void;
  /** The next event, or `undefined` until more is pushed. */
  next(): Event | undefined;
  /** Drops all that has been pushed and not been read; says how many bytes that was. */
  clear(): number;
  /** Bytes pushed and not yet read. */
  readonly buffered: number;
}

/** Whose session it is that runs over a channel. */
export interface ChannelOwner<Event> {
  /** Works off one event; the next one comes when that is done. */
  take(event: Event): Promise<void> | undefined;
  /** A fault of ours over an event. */
  failed(error: unknown): void;
  /** All that has come is worked off. */
  rested(): void;
  /** The connection is closed. */
  closed(): void;
}

/**
 * The bytes of one client's connection, and the bounds on both directions: what has come and is not read, and what has
 * been written and the client does not take. It has events worked off one after another, with turns for other
 * connections in between. What they mean it does not know.
 */
export class ClientChannel<Event> {
  readonly #owner: ChannelOwner<Event>;
  readonly #input: ChannelInput<Event>;
  #stream: Duplex;
  #out = "";
  #busy = false;
  /** The client does not read its replies: nothing more is answered before it does. */
  #blocked = false;
  /** Nothing is read or written any more: {@link end} was called, or the client has gone. */
  #over = false;
  #endedAt: Instant | undefined;

  constructor(stream: Duplex, input: ChannelInput<Event>, owner: ChannelOwner<Event>) {
    this.#stream = stream;
    this.#input = input;
    this.#owner = owner;
  }

  #listen(stream: Duplex): void {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.#received(chunk));
    stream.on("error", () => stream.destroy());
    stream.on("close", () => {
      if (stream !== this.#stream) return;
      this.#stop();
      this.#owner.closed();
    });
    // The listener hands sockets over paused.
    stream.resume();
  }

  #received(chunk: Buffer): void {
    if (this.#over) return;
    this.#input.push(chunk);
    if (this.#input.buffered > HIGH_WATER_BYTES) this.#stream.pause();
    void this.#work();
  }

  /** Whether an event is being worked off. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Works off what has come, one event after another; replies go out together when there is no more (RFC 2920 3.2). */
  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let event = this.#next(), taken = 1; event; event = this.#next(), taken += 1) {
        const work = this.#owner.take(event);
        if (work) await work;
        // Clients that pipeline would keep everybody else waiting for as long as they have commands.
        if (taken % EVENTS_A_TURN === 0) await othersHadTheirTurn();
      }
    } catch (error) {
      this.#owner.failed(error);
    } finally {
      this.#busy = false;
    }
    if (this.#over) return;
    this.#owner.rested();
    this.#flush();
  }

  /** What the client sent next, or `undefined` while there is nothing, replies are not taken, or all is over. */
  #next(): Event | undefined {
    return this.#blocked ? undefined : this.#input.next();
  }

  /** Sends the greeting and begins to read. */
  begin(greeting: string): void {
    this.#listen(this.#stream);
    this.write(greeting);
    this.#send();
  }

  /** Puts a reply as it goes over the wire behind those that wait until all that has come is worked off; ASCII. */
  write(reply: string): void {
    if (this.#over) return;
    this.#out += reply;
    if (this.#out.length >= FLUSH_BYTES) this.#send();
  }

  /** The same for octets of any kind, however many: resolves when the client has taken enough for more, or has gone. */
  writeBytes(bytes: Buffer): Promise<void> | undefined {
    if (this.#over) return undefined;
    if (bytes.length <= FLUSH_BYTES) this.write(bytes.toString("latin1"));
    else {
      this.#send();
      this.#stream.write(bytes);
    }
    return this.#stream.writableNeedDrain ? this.#drained() : undefined;
  }

  #drained(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      const done = () => {
        stream.off("drain", done).off("close", done);
        resolve();
      };
      stream.on("drain", done).on("close", done);
    });
  }

  /** Sends what has been written and reads on, if the client was made to wait. */
  #flush(): void {
    this.#send();
    if (this.#over) return;
    if (!this.#blocked && this.#stream.isPaused() && this.#input.buffered <= HIGH_WATER_BYTES)
      this.#stream.resume();
  }

  #send(): void {
    if (this.#out === "") return;
    const taken = this.#stream.destroyed || this.#stream.write(this.#out, "latin1");
    this.#out = "";
    if (taken || this.#blocked) return;
    this.#blocked = true;
    this.#stream.once("drain", () => {
      this.#blocked = false;
      void this.#work();
    });
  }

  /** Changes to TLS, after the reply that invites to it; without success the connection is over, and `undefined` comes. */
  async startTls(
    upgrade: UpgradeTls,
    { client, log }: { readonly client: IpAddress; readonly log: Logger },
  ): Promise<SessionTls | undefined> {
    this.#send();
    const plain = this.#stream;
    plain.removeAllListeners("data");
    plain.pause();
    // RFC 3207 4.2: what was sent in clear before the handshake must not be taken as sent within it.
    const droppedBytes = this.#input.clear();
    if (droppedBytes > 0) log.warn("starttls-injection", { client: client.text, droppedBytes });
    try {
      const { stream, tls } = await upgrade(plain);
      this.#listen(stream);
      return tls;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      log.warn("tls-failed", { client: client.text, detail });
      plain.destroy();
      return undefined;
    }
  }

  /** Whether nothing is read or written any more. */
  get ended(): boolean {
    return this.#over;
  }

  #stop(): void {
    this.#over = true;
    this.#input.clear();
  }

  /**
   * Sends what has been written and ends our side. With `linger`, what the client still sends is read and dropped for a short
   * time: closing a socket with something unread makes the kernel send a reset, which may overtake the last reply.
   */
  end(now: Instant, linger: boolean): void {
    if (this.#over) return;
    this.#send();
    this.#stop();
    this.#endedAt = now;
    const stream = this.#stream;
    if (!linger) {
      stream.end(() => stream.destroy());
      return;
    }
    stream.end();
    stream.resume();
  }

  /** Ends a connection for good whose client takes too long over its end; it would keep its place otherwise. */
  destroyIfOverdue(now: Instant): void {
    if (this.#endedAt === undefined) return;
    const boundMs = this.#stream.writableFinished ? LINGER_MS : LAST_WORDS_MS;
    if (now - this.#endedAt > boundMs) this.destroy();
  }

  /** Ends the connection without another word. */
  destroy(): void {
    this.#stream.destroy();
  }
}

function othersHadTheirTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
