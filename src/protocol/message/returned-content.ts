import { scanHeader } from "./header-scan.ts";

/** What of the message a report returns. */
export interface ReturnedContent {
  readonly kind: "message" | "header";
  readonly bytes: Buffer;
}

/** RFC 5322 2.1.1: the most octets of a line, without its CRLF. */
const MAX_LINE_BYTES = 998;

/** The most of a header that is returned, in octets. */
const MAX_HEADER_BYTES = 64 * 1024;

const CR = 13;
const LF = 10;

/**
 * Chooses what a report returns: the whole message where it is given and can stand unchanged in another one, else its
 * header, cut where a line or the whole is too long. A message with overlong lines or bare line ends cannot be changed
 * into one without, because then it would be another message.
 */
export function returnedContent(original: {
  readonly header: Buffer;
  readonly full?: Buffer;
}): ReturnedContent {
  const { full } = original;
  if (full && canBeEnclosed(full)) return { kind: "message", bytes: full };
  return { kind: "header", bytes: cleanHeader(original.header) };
}

function canBeEnclosed(message: Buffer): boolean {
  if (message.includes(0)) return false;
  for (let at = 0; at < message.length; ) {
    const cr = message.indexOf(CR, at);
    const lf = message.indexOf(LF, at);
    if ((cr < 0 ? message.length : cr) - at > MAX_LINE_BYTES) return false;
    if (cr < 0 && lf < 0) return true;
    // The next CR and the next LF are one line end, or one of them stands alone.
    if (cr < 0 || lf !== cr + 1) return false;
    at = lf + 1;
  }
  return true;
}

/** The header with CRLF after each line, no overlong line, no empty line and no NUL. */
function cleanHeader(header: Buffer): Buffer {
  const text = header
    .subarray(0, Math.min(scanHeader(header).headerEnd, MAX_HEADER_BYTES))
    .toString("latin1");
  const lines = text
    .replaceAll("\0", "")
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== "")
    .map(cutLine);
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(""), "latin1");
}

/** Cuts an overlong line, not within a character of UTF-8 (one octet is one character of `line`). */
function cutLine(line: string): string {
  if (line.length <= MAX_LINE_BYTES) return line;
  return line.slice(0, MAX_LINE_BYTES).replace(/[\x80-\xff]+$/, "");
}
