/** Turns a body into what goes over the wire after DATA (RFC 5321 4.5.2). */
export interface DotStuffer {
  /** A piece of the body with a dot put before each line that begins with one; the piece itself where there is none. */
  next(chunk: Uint8Array): Uint8Array;
  /** The end of data, with the line end that a body without one is owed. */
  end(): Uint8Array;
}

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const LINE_DOT = Buffer.from("\r\n.");
const END_AFTER_LINE = Buffer.from(".\r\n");
const END_WITHIN_LINE = Buffer.from("\r\n.\r\n");
const NOTHING = Buffer.alloc(0);

/** Where the body stands between two pieces. */
type Place = "line-start" | "text" | "after-cr";

/** Stuffs a body that comes in pieces, cut anywhere. */
export function dotStuffer(): DotStuffer {
  let place: Place = "line-start";
  return {
    next: (chunk) => {
      const dots = dotsIn(chunk, place);
      place = placeAfter(chunk, place);
      return dots.length === 0 ? chunk : assemble(chunk, dots, NOTHING);
    },
    end: () => endAt(place),
  };
}

/** Stuffs a whole body and ends it, in one piece, so that it can go out in one write. */
export function dotStuffWhole(body: Uint8Array): Buffer {
  return assemble(body, dotsIn(body, "line-start"), endAt(placeAfter(body, "line-start")));
}

function endAt(place: Place): Buffer {
  return place === "line-start" ? END_AFTER_LINE : END_WITHIN_LINE;
}

/** Where in the chunk the dots are that begin a line. */
function dotsIn(chunk: Uint8Array, place: Place): number[] {
  const dots: number[] = [];
  if (place === "line-start" && chunk[0] === DOT) dots.push(0);
  if (place === "after-cr" && chunk[0] === LF && chunk[1] === DOT) dots.push(1);
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let at = bytes.indexOf(LINE_DOT); at >= 0; at = bytes.indexOf(LINE_DOT, at + 3)) dots.push(at + 2);
  return dots;
}

function placeAfter(chunk: Uint8Array, place: Place): Place {
  if (chunk.length === 0) return place;
  const last = chunk[chunk.length - 1];
  if (last === CR) return "after-cr";
  const beforeLast = chunk.length > 1 ? chunk[chunk.length - 2] === CR : place === "after-cr";
  return last === LF && beforeLast ? "line-start" : "text";
}

/** The chunk with each of `dots` doubled and `end` after it. */
function assemble(chunk: Uint8Array, dots: readonly number[], end: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(chunk.length + dots.length + end.length);
  let from = 0;
  let to = 0;
  for (const dot of dots) {
    result.set(chunk.subarray(from, dot), to);
    to += dot - from;
    result[to] = DOT;
    to += 1;
    from = dot;
  }
  result.set(chunk.subarray(from), to);
  result.set(end, to + chunk.length - from);
  return result;
}
