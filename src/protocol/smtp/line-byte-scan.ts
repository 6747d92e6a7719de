/**
 * A chunk of a message, opened for the search for line ends. The search takes four bytes at a time: an
 * `indexOf` for each line end and each CR costs three times as much on ordinary lines, and thirty times on empty ones.
 */
export interface ScannedChunk {
  readonly bytes: Buffer;
  /** The chunk as 32-bit words, from its first aligned byte on. */
  readonly words: Int32Array;
  /** How many bytes stand before the first word; all, where there is none. */
  readonly lead: number;
  /** All bytes that were passed, or-ed together at any of four places. */
  seen: number;
}

// A byte under 14 is a carriage return, a line feed, or one of a few that are rare in mail (a tab mostly).
const FIRST_TEXT_BYTE = 14;
const FIRST_TEXT_BYTES = 0x0e0e0e0e;
const HIGH_BITS = 0x80808080;
const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const NO_WORDS = new Int32Array(0);

/** Opens a chunk; neither copies nor changes it. */
export function scanChunk(bytes: Buffer): ScannedChunk {
  const lead = -bytes.byteOffset & 3;
  if (bytes.length < lead + 4) return { bytes, words: NO_WORDS, lead: bytes.length, seen: 0 };
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + lead, (bytes.length - lead) >> 2);
  return { bytes, words, lead, seen: 0 };
}

/**
 * Goes on through text, and through each CRLF that an ordinary character follows, and stops where a line end or the
 * start of a line needs a closer look.
 * @returns the index of a byte under 14, or the length of the chunk
 */
export function skipText(chunk: ScannedChunk, from: number): number {
  const { bytes } = chunk;
  let at = nextLineByte(chunk, from);
  // Whatever sorts after the dot is neither a dot nor part of a line end.
  while (bytes[at] === CR && bytes[at + 1] === LF && (bytes[at + 2] ?? 0) > DOT) {
    at = nextLineByte(chunk, at + 2);
  }
  return at;
}

/** The index of the first byte under 14 at or after `from`; the length of the chunk where there is none. */
function nextLineByte(chunk: ScannedChunk, from: number): number {
  const { bytes, words, lead } = chunk;
  let word = Math.max((from - lead + 3) >> 2, 0);
  const aligned = Math.min(lead + (word << 2), bytes.length);
  const early = nextByByte(chunk, from, aligned);
  if (early < aligned) return early;
  let seen = 0;
  for (; word < words.length; word += 1) {
    const four = words[word] ?? 0;
    // Not zero where any of the four bytes is under 14; a borrow may call a word in question too early, never too late.
    if (((four - FIRST_TEXT_BYTES) & ~four & HIGH_BITS) !== 0) break;
    seen |= four;
  }
  chunk.seen |= seen;
  return nextByByte(chunk, Math.min(lead + (word << 2), bytes.length), bytes.length);
}

/** Whether a byte over 127 was passed. */
export function sawEightBit(chunk: ScannedChunk): boolean {
  return (chunk.seen & HIGH_BITS) !== 0;
}

function nextByByte(chunk: ScannedChunk, from: number, end: number): number {
  const { bytes } = chunk;
  let at = from;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < FIRST_TEXT_BYTE) break;
    chunk.seen |= byte;
  }
  return at;
}
