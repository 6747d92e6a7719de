import type { InputCursor } from "../line/input-cursor.ts";
import { sawEightBit, scanChunk, skipText } from "./line-byte-scan.ts";

/** A piece of the body, or its end. */
export type DataEvent =
  /** Bytes of the body with dot-stuffing removed; usually a part of the chunk that came in. Never empty. */
  | { readonly kind: "data"; readonly chunk: Buffer }
  | {
      readonly kind: "data-end";
      /** Whether a bare CR or LF stood anywhere in the body: such a body must be refused (RFC 5321 2.3.8). */
      readonly bareNewline: boolean;
      /** Whether the body held a byte over 127. */
      readonly eightBit: boolean;
    };

/** Cuts the body of DATA out of chunks. */
export interface DataReader {
  /** Begins a new body, at the start of a line. */
  start(): void;
  /** The next piece or the end; `undefined` when the chunk is used up. */
  read(cursor: InputCursor): DataEvent | undefined;
}

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

/** Where the next byte stands. Only from the start of a line a way leads to the end of data. */
type Place = "text" | "after-cr" | "line-start" | "after-dot" | "after-dot-cr" | "end";

interface Progress {
  place: Place;
  bareNewline: boolean;
  eightBit: boolean;
}

/** A CR after a dot at the start of a line, where a chunk ended; it is body only if no LF follows. */
const HELD_CR = Buffer.from("\r");

/**
 * Makes the reader of DATA. Only CRLF.CRLF ends it (or .CRLF at its very start): every mix of bare CR and LF around a
 * dot stays in the body and is reported, so that nobody can smuggle a second message (RFC 5321 4.1.1.4, 2.3.8).
 * The CRLF before the last dot belongs to the body.
 */
export function dataReader(): DataReader {
  let progress = atStart();
  let heldCr = false;

  function read(cursor: InputCursor): DataEvent | undefined {
    if (!ended() && cursor.at < cursor.chunk.length) {
      const body = readBody(cursor);
      if (body.length > 0) return { kind: "data", chunk: body };
    }
    if (!ended()) return undefined;
    const { bareNewline, eightBit } = progress;
    start();
    return { kind: "data-end", bareNewline, eightBit };
  }

  function ended(): boolean {
    return progress.place === "end";
  }

  function readBody(cursor: InputCursor): Buffer {
    const { chunk, at: from } = cursor;
    if (heldCr) {
      heldCr = false;
      if (chunk[from] !== LF) return HELD_CR;
    }
    const { end, dots } = scan(progress, chunk, from);
    cursor.at = end;
    heldCr = progress.place === "after-dot-cr";
    if (ended()) return withoutDots(chunk, from, dots.pop() ?? from, dots);
    return withoutDots(chunk, from, heldCr ? end - 1 : end, dots);
  }

  function start(): void {
    progress = atStart();
    heldCr = false;
  }

  return { start, read };
}

function atStart(): Progress {
  return { place: "line-start", bareNewline: false, eightBit: false };
}

/** Goes over the chunk to the end of data or of the chunk; says where that is, and which dots start a line. */
function scan(progress: Progress, chunk: Buffer, from: number): { end: number; dots: number[] } {
  const scanned = scanChunk(chunk);
  const dots: number[] = [];
  let { place, bareNewline } = progress;
  let at = from;
  while (place !== "end") {
    if (place === "text") at = skipText(scanned, at);
    const byte = chunk[at];
    if (byte === undefined) break;
    const afterCr = place === "after-cr" || place === "after-dot-cr";
    if (afterCr !== (byte === LF)) bareNewline = true;
    if (byte === LF) place = endOfLine(place);
    else if (byte === CR) place = place === "after-dot" ? "after-dot-cr" : "after-cr";
    else if (byte === DOT && place === "line-start") {
      dots.push(at);
      place = "after-dot";
    } else {
      place = "text";
      scanned.seen |= byte;
    }
    at += 1;
  }
  progress.place = place;
  progress.bareNewline = bareNewline;
  progress.eightBit ||= sawEightBit(scanned);
  return { end: at, dots };
}

function endOfLine(place: Place): Place {
  if (place === "after-cr") return "line-start";
  return place === "after-dot-cr" ? "end" : "text";
}

/** The bytes from `from` to `end` but for those dots: the chunk's own bytes where there are none (RFC 5321 4.5.2). */
function withoutDots(chunk: Buffer, from: number, end: number, dots: readonly number[]): Buffer {
  if (dots.length === 0) return chunk.subarray(from, end);
  const body = Buffer.allocUnsafe(end - from - dots.length);
  let length = 0;
  let start = from;
  for (const dot of dots) {
    length += chunk.copy(body, length, start, dot);
    start = dot + 1;
  }
  chunk.copy(body, length, start, end);
  return body;
}
