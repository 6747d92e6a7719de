import type { Duplex } from "node:stream";
import type { Instant } from "../core/instant.ts";

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

/** Whom a channel tells that something has happened. */
export interface ChannelOwner {
  /** There may be something to read now. */
  ready(): void;
  /** The connection is closed. */
  closed(): void;
}

/**
 * The bytes of one client's connection, and the bounds on both directions: what has come and is not read, and what has
 * been written and the client does not take. What they mean it does not know.
 */
export class ClientChannel<Event> {
  readonly #owner: ChannelOwner;
  readonly #input: ChannelInput<Event>;
  #stream: Duplex;
  #out = "";
  /** The client does not read its replies: nothing more is answered before it does. */
  #blocked = false;
  /** Nothing is read or written any more: {@link end} was called, or the client has gone. */
  #over = false;
  #endedAt: Instant | undefined;
  #eventsInARow = 0;

  constructor(stream: Duplex, input: ChannelInput<Event>, owner: ChannelOwner) {
    this.#stream = stream;
    this.#input = input;
    this.#owner = owner;
  }

  /** Begins to read; after STARTTLS from the encrypted stream. */
  listen(stream: Duplex = this.#stream): void {
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
    this.#owner.ready();
  }

  /** What the client sent next, or `undefined` while there is nothing, replies are not taken, or all is over. */
  next(): Event | undefined {
    return this.#blocked ? undefined : this.#input.next();
  }

  /**
   * To be asked after each event: where many have been worked off in a row, resolves when other connections have had their
   * turn. Without it hundreds of clients that pipeline would keep everybody else waiting for as long as they have commands.
   */
  turnOver(): Promise<void> | undefined {
    this.#eventsInARow += 1;
    if (this.#eventsInARow < EVENTS_A_TURN) return undefined;
    this.#eventsInARow = 0;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Puts a reply as it goes over the wire behind those that wait for {@link flush}; ASCII. */
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
  flush(): void {
    this.#send();
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
      this.#owner.ready();
    });
  }

  /** Stops reading clear text, and gives the stream for the handshake with the number of bytes that were dropped. */
  suspend(): { readonly stream: Duplex; readonly droppedBytes: number } {
    this.#send();
    this.#stream.removeAllListeners("data");
    this.#stream.pause();
    // RFC 3207 4.2: what was sent in clear before the handshake must not be taken as sent within it.
    return { stream: this.#stream, droppedBytes: this.#input.clear() };
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
