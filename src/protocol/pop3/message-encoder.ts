const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

const CR_BYTE = Buffer.from("\r");
const CRLF_BYTES = Buffer.from("\r\n");
const DOT_BYTE = Buffer.from(".");

/** The end of every multi-line response (RFC 1939 3). */
export const MULTI_LINE_END = ".\r\n";

/**
 * Encodes a message for RETR or TOP: lines end with CRLF whatever they end with on disk, a dot at the start of a line is
 * doubled (RFC 1939 3). Pieces go in, pieces come out; nothing is kept but where the last piece ended.
 */
export interface MessageEncoder {
  /** The pieces that stand for this chunk; most are parts of it, not copies. */
  write(chunk: Buffer): readonly Buffer[];
  /** What is left to say: the end of an unfinished last line. The end mark is not in it. */
  end(): readonly Buffer[];
  /** Whether the lines asked for have all been seen: further chunks give nothing. */
  readonly full: boolean;
}

/** Makes an encoder. `maxBodyLines` stops after so many lines of the body (TOP); without it all are taken. */
export function messageEncoder(maxBodyLines?: number): MessageEncoder {
  let lineStart = true;
  let lastWasCr = false;
  /** What TOP still has to count: in the header it looks for the empty line. */
  let linesLeft = maxBodyLines === undefined ? Number.POSITIVE_INFINITY : maxBodyLines;
  let inHeader = maxBodyLines !== undefined;
  let lineIsEmpty = true;
  let full = false;

  /** Counts a line's end; `true` where it was the last one wanted. */
  function endsAll(): boolean {
    if (inHeader) {
      if (lineIsEmpty) inHeader = false;
      return lineIsEmpty && linesLeft === 0;
    }
    linesLeft -= 1;
    return linesLeft === 0;
  }

  function write(chunk: Buffer): readonly Buffer[] {
    if (full) return [];
    const pieces: Buffer[] = [];
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (lineStart && chunk[at] === DOT) {
        pieces.push(chunk.subarray(from, at), DOT_BYTE);
        from = at;
      }
      const lf = chunk.indexOf(LF, at);
      if (lf < 0) {
        if (inHeader && !isEmptySoFar(chunk, at, chunk.length)) lineIsEmpty = false;
        break;
      }
      const afterCr = lf > 0 ? chunk[lf - 1] === CR : lastWasCr;
      if (!afterCr) {
        pieces.push(chunk.subarray(from, lf), CR_BYTE);
        from = lf;
      }
      if (inHeader && !isEmptySoFar(chunk, at, lf)) lineIsEmpty = false;
      at = lf + 1;
      lineStart = true;
      if (maxBodyLines !== undefined && endsAll()) {
        full = true;
        pieces.push(chunk.subarray(from, at));
        return pieces;
      }
      lineIsEmpty = true;
    }
    if (chunk.length > 0) {
      lineStart = chunk[chunk.length - 1] === LF;
      lastWasCr = chunk[chunk.length - 1] === CR;
    }
    pieces.push(chunk.subarray(from));
    return pieces;
  }

  return {
    write,
    end: () => (lineStart ? [] : [CRLF_BYTES]),
    get full() {
      return full;
    },
  };
}

/** Whether a piece of a line before its LF is empty but for a CR at its end. */
function isEmptySoFar(chunk: Buffer, from: number, to: number): boolean {
  return to === from || (to === from + 1 && chunk[from] === CR);
}

/** How many octets a message has as it is sent: each line with its CRLF, without doubled dots and end mark. */
export interface WireSize {
  add(chunk: Buffer): void;
  total(): number;
}

/** Counts a message's octets as {@link messageEncoder} would send them. */
export function wireSize(): WireSize {
  let octets = 0;
  let last = LF;
  return {
    add(chunk) {
      octets += chunk.length;
      for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, lf + 1)) {
        const before = lf > 0 ? chunk[lf - 1] : last;
        if (before !== CR) octets += 1;
      }
      last = chunk[chunk.length - 1] ?? last;
    },
    total: () => octets + (last === LF ? 0 : CRLF_BYTES.length),
  };
}
