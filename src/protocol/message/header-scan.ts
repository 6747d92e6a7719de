/** What a look at a message's header shows. */
export interface HeaderScan {
  /** How many Received fields there are: how many servers the message has passed (RFC 5321 6.3). */
  readonly received: number;
  /** Where the header ends: just after its last line, where the empty line is. `head.subarray(0, headerEnd)` is the header. */
  readonly headerEnd: number;
  /** Whether the empty line was seen; if not, there may be more header than was looked at. */
  readonly complete: boolean;
  /** The values of all fields of that name (any case), in order, unfolded and trimmed but not decoded. */
  fields(name: string): string[];
}

/** How much of a header is looked at; RFC 5322 has no bound, and no honest header comes near. */
const MAX_HEADER_BYTES = 256 * 1024;

const CR = 13;
const LF = 10;
const COLON = 58;
const RECEIVED = Buffer.from("received");

/**
 * Scans the header at the start of a raw message. Walks from line end to line end and looks at one or two bytes of each,
 * so it may run on every message. A line that is neither a field nor a continuation is passed over; a bare LF ends a
 * line like CRLF does, so that a field cannot hide behind one.
 * @param head the beginning of the message, or all of it.
 */
export function scanHeader(head: Buffer): HeaderScan {
  const seen = head.subarray(0, MAX_HEADER_BYTES);
  let received = 0;
  let at = 0;
  while (at < seen.length && !isEmptyLine(seen, at)) {
    if (valueStart(seen, at, RECEIVED) !== undefined) received += 1;
    at = nextLine(seen, at);
  }
  const header = seen.subarray(0, at);
  return {
    received,
    headerEnd: at,
    complete: at < seen.length,
    fields: (name) => fieldValues(header, Buffer.from(name.toLowerCase())),
  };
}

function fieldValues(header: Buffer, name: Buffer): string[] {
  const values: string[] = [];
  for (let at = 0; at < header.length; ) {
    const start = valueStart(header, at, name);
    at = nextLine(header, at);
    if (start === undefined) continue;
    while (isContinuation(header[at])) at = nextLine(header, at);
    // RFC 5322 2.2.3: unfolding takes the line end away and leaves the white space after it.
    values.push(header.toString("utf8", start, at).replace(/\r?\n/g, "").trim());
  }
  return values;
}

/** Where the value of the field `name` (lower case) starts that stands in the line at `at`, or `undefined` if it does not. */
function valueStart(bytes: Buffer, at: number, name: Buffer): number | undefined {
  for (let i = 0; i < name.length; i += 1) {
    if (lower(bytes[at + i]) !== name[i]) return undefined;
  }
  let colon = at + name.length;
  // RFC 5322 4.5: obsolete fields may have white space before the colon.
  while (isContinuation(bytes[colon])) colon += 1;
  return bytes[colon] === COLON ? colon + 1 : undefined;
}

function lower(byte: number | undefined): number | undefined {
  return byte !== undefined && byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function nextLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LF, at);
  return end < 0 ? bytes.length : end + 1;
}

function isEmptyLine(bytes: Buffer, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF);
}

/** Space or tab: at the start of a line it continues the field before (RFC 5322 2.2.3). */
function isContinuation(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}
