import type { InputCursor } from "../line/input-cursor.ts";
import { sawEightBit, scanChunk, skipText } from "./line-byte-scan.ts";

/** One BDAT command's chunk, as the reader must know it (RFC 3030 2). */
export interface BdatChunk {
  /** Octets in the chunk. */
  readonly bdat: number;
  /** Whether it is the first of its message: what was seen before is forgotten. */
  readonly first: boolean;
  /** Whether it is the last of its message: a CR at its end is bare then. */
  readonly last: boolean;
}

/** A piece of a BDAT chunk, or its end. */
export type BdatEvent =
  /** Bytes as they came in, a part of what was pushed. Never empty. */
  | { readonly kind: "data"; readonly chunk: Buffer }
  | {
      readonly kind: "bdat-end";
      /**
       * Whether a bare CR or LF stood in the message so far. Without BINARYMIME the content is CRLF text (RFC 3030 3),
       * and what is relayed by DATA later must be. A CRLF may be split between two chunks.
       */
      readonly bareNewline: boolean;
      /** Whether the message so far held a byte over 127. */
      readonly eightBit: boolean;
    };

/** Counts BDAT chunks off. */
export interface ChunkReader {
  /** Begins a chunk. */
  start(chunk: BdatChunk): void;
  /** The next piece or the end; `undefined` when what is at hand is used up. */
  read(cursor: InputCursor): BdatEvent | undefined;
}

const CR = 0x0d;
const LF = 0x0a;

/** Makes the reader of BDAT chunks. */
export function chunkReader(): ChunkReader {
  let remaining = 0;
  let last = false;
  let afterCr = false;
  let bareNewline = false;
  let eightBit = false;

  function start(chunk: BdatChunk): void {
    remaining = chunk.bdat;
    last = chunk.last;
    if (!chunk.first) return;
    afterCr = false;
    bareNewline = false;
    eightBit = false;
  }

  function read(cursor: InputCursor): BdatEvent | undefined {
    if (remaining === 0) return { kind: "bdat-end", bareNewline: bareNewline || (last && afterCr), eightBit };
    const chunk = cursor.chunk.subarray(cursor.at, cursor.at + remaining);
    if (chunk.length === 0) return undefined;
    cursor.at += chunk.length;
    remaining -= chunk.length;
    scan(chunk);
    return { kind: "data", chunk };
  }

  function scan(chunk: Buffer): void {
    const scanned = scanChunk(chunk);
    for (let at = 0; at < chunk.length; at += 1) {
      if (!afterCr) at = skipText(scanned, at);
      const byte = chunk[at];
      if (byte === undefined) break;
      if (afterCr !== (byte === LF)) bareNewline = true;
      afterCr = byte === CR;
      scanned.seen |= byte;
    }
    eightBit ||= sawEightBit(scanned);
  }

  return { start, read };
}
