import type { InputCursor } from "./input-cursor.ts";

/** What became of one command line. */
export type LineEvent =
  /** A line without its CRLF. */
  | { readonly kind: "line"; readonly line: Buffer }
  /** A line over the limit, reported once, after its end. */
  | { readonly kind: "line-too-long" }
  /** A line with a bare CR in it, or one that ended in a bare LF (RFC 5321 2.3.8). */
  | { readonly kind: "bare-newline" };

/** Cuts command lines out of chunks. */
export interface LineReader {
  /** The next line, or `undefined` when the chunk is used up. */
  read(cursor: InputCursor): LineEvent | undefined;
  /** Forgets a line that has begun; returns how many bytes of it were kept. */
  clear(): number;
  /** Bytes kept of a line that has begun; never more than the limit. */
  readonly held: number;
}

const CR = 0x0d;
const LF = 0x0a;

/**
 * Makes a reader of lines of at most `maxLineBytes` octets, CRLF included (RFC 5321 4.5.3.1.4). A bare LF ends a line
 * too, but such a line is never a command: a client that sends only LF gets an answer instead of waiting for ever.
 */
export function lineReader(maxLineBytes: number): LineReader {
  let pieces: Buffer[] = [];
  let held = 0;
  let tooLong = false;

  function keep(piece: Buffer): void {
    if (tooLong || piece.length === 0) return;
    if (held + piece.length > maxLineBytes) {
      clear();
      tooLong = true;
      return;
    }
    pieces.push(piece);
    held += piece.length;
  }

  function clear(): number {
    const dropped = held;
    pieces = [];
    held = 0;
    tooLong = false;
    return dropped;
  }

  function read(cursor: InputCursor): LineEvent | undefined {
    const { chunk, at } = cursor;
    const lf = chunk.indexOf(LF, at);
    if (lf < 0) {
      keep(chunk.subarray(at));
      cursor.at = chunk.length;
      return undefined;
    }
    cursor.at = lf + 1;
    const end = chunk.subarray(at, lf + 1);
    if (held === 0 && !tooLong) return lineEvent(end, maxLineBytes);
    keep(end);
    const event = tooLong ? TOO_LONG : lineEvent(Buffer.concat(pieces), maxLineBytes);
    clear();
    return event;
  }

  return {
    read,
    clear,
    get held() {
      return held;
    },
  };
}

const TOO_LONG: LineEvent = { kind: "line-too-long" };
const BARE_NEWLINE: LineEvent = { kind: "bare-newline" };

/** Judges a line that ends in LF. */
function lineEvent(line: Buffer, maxLineBytes: number): LineEvent {
  if (line.length > maxLineBytes) return TOO_LONG;
  // The first CR must be the one right before the LF, else there is a bare CR or the LF is bare.
  const cr = line.indexOf(CR);
  if (cr < 0 || cr !== line.length - 2) return BARE_NEWLINE;
  return { kind: "line", line: line.subarray(0, line.length - 2) };
}
