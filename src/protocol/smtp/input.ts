import { byteInput, type EventReader } from "../line/byte-input.ts";
import { type LineEvent, lineReader } from "../line/line-reader.ts";
import { type BdatChunk, type BdatEvent, chunkReader } from "./chunk-reader.ts";
import { type DataEvent, dataReader } from "./data-reader.ts";

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

/** Makes the receiving side, in command mode. `maxLineBytes` is for command lines, CRLF included. */
export function smtpInput(limits: { readonly maxLineBytes: number }): SmtpInput {
  const lines = lineReader(limits.maxLineBytes);
  const data = dataReader();
  const chunks = chunkReader();
  const input = byteInput<InputEvent>();
  let reader: EventReader<InputEvent> = lines;

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

  return {
    push: (chunk) => input.push(chunk),
    next() {
      const event = input.next(reader);
      if (event?.kind === "data-end" || event?.kind === "bdat-end") reader = lines;
      return event;
    },
    mode,
    clear: () => input.clear() + lines.clear(),
    get buffered() {
      return input.unread + lines.held;
    },
  };
}
