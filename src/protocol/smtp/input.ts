import { type BdatChunk, type BdatEvent, chunkReader } from "./chunk-reader.ts";
import { type DataEvent, dataReader } from "./data-reader.ts";
import type { InputCursor } from "./input-cursor.ts";
import { type LineEvent, lineReader } from "./line-reader.ts";

/** What the client sent next. */
export type InputEvent = LineEvent | DataEvent | BdatEvent;

/** How the bytes that come next are to be read. */
export type InputMode = "command" | "data" | BdatChunk;

/**
 * The receiving side of an SMTP session: chunks in, events out. Nothing is read ahead, so the session may answer one
 * event and change the mode before it asks for the next: bytes that were pipelined behind a command wait unread.
 */
export interface SmtpInput {
  /** Takes bytes as they came from the socket. They must not change afterwards: events hold parts of them. */
  push(chunk: Buffer): void;
  /** The next event, or `undefined` until more is pushed. */
  next(): InputEvent | undefined;
  /** Sets how the next bytes are read. The ends of data and of a BDAT chunk set it back to `command` by themselves. */
  mode(next: InputMode): void;
  /**
   * Drops all that has been pushed and not been read, also a line that has begun, and says how many bytes that was.
   * Before TLS starts nothing may be carried over from clear text (RFC 3207 4.2).
   */
  clear(): number;
  /** Bytes pushed and not yet read. What is over a limit or already handed out does not count. */
  readonly buffered: number;
}

const NOTHING = Buffer.alloc(0);

/** Makes the receiving side, in command mode. `maxLineBytes` is for command lines, CRLF included. */
export function smtpInput(limits: { readonly maxLineBytes: number }): SmtpInput {
  const lines = lineReader(limits.maxLineBytes);
  const data = dataReader();
  const chunks = chunkReader();
  const cursor: InputCursor = { chunk: NOTHING, at: 0 };
  const waiting: Buffer[] = [];
  let nextWaiting = 0;
  let waitingBytes = 0;
  let reader: { read(cursor: InputCursor): InputEvent | undefined } = lines;

  function push(chunk: Buffer): void {
    waiting.push(chunk);
    waitingBytes += chunk.length;
  }

  function next(): InputEvent | undefined {
    for (;;) {
      const event = reader.read(cursor);
      if (event !== undefined) {
        if (event.kind === "data-end" || event.kind === "bdat-end") reader = lines;
        return event;
      }
      if (!nextChunk()) return undefined;
    }
  }

  function nextChunk(): boolean {
    const chunk = waiting[nextWaiting];
    nextWaiting += 1;
    // Not `shift`: a client that sends byte by byte would make it move a long list each time.
    if (nextWaiting >= waiting.length) {
      waiting.length = 0;
      nextWaiting = 0;
    }
    cursor.chunk = chunk ?? NOTHING;
    cursor.at = 0;
    waitingBytes -= cursor.chunk.length;
    return chunk !== undefined;
  }

  function mode(nextMode: InputMode): void {
    if (nextMode === "command") {
      reader = lines;
    } else if (nextMode === "data") {
      data.start();
      reader = data;
    } else {
      chunks.start(nextMode);
      reader = chunks;
    }
  }

  function clear(): number {
    const dropped = unread() + lines.clear();
    waiting.length = 0;
    nextWaiting = 0;
    waitingBytes = 0;
    cursor.chunk = NOTHING;
    cursor.at = 0;
    return dropped;
  }

  function unread(): number {
    return waitingBytes + cursor.chunk.length - cursor.at;
  }

  return {
    push,
    next,
    mode,
    clear,
    get buffered() {
      return unread() + lines.held;
    },
  };
}
