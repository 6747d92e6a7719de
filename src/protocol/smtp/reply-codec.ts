import type { Reply } from "../../core/reply.ts";

/** A reply of another server. */
export interface ReceivedReply {
  /** 200 to 599. */
  readonly code: number;
  /** The enhanced status of the first line, where its class fits the code (RFC 2034 4). */
  readonly status?: string;
  /** The texts without code and status; no control characters, and U+FFFD for what is no UTF-8. At least one. */
  readonly lines: readonly string[];
}

/** Reads the replies of another server out of chunks. */
export interface ReplyReader {
  /** Takes bytes as they came from the socket. */
  push(chunk: Buffer): void;
  /**
   * The next whole reply; `undefined` until more is pushed; `"malformed"` when the peer does not speak SMTP or is over a
   * bound. After that it stays malformed, and the connection must be given up.
   */
  next(): ReceivedReply | undefined | "malformed";
  /**
   * Drops all that has been pushed and not been read, and says how many bytes that was. Anything other than 0 behind
   * the reply to STARTTLS was put there by somebody in between (RFC 3207 6).
   */
  clear(): number;
}

interface ReplyLine {
  readonly code: string;
  readonly last: boolean;
  readonly text: string;
}

// RFC 5321 4.5.3.1.5: a reply line has at most 512 octets, code and CRLF included.
const MAX_REPLY_LINE_BYTES = 512;
const CRLF_BYTES = 2;
// What a peer may send at most.
const MAX_LINES = 100;
const MAX_LINE_BYTES = 2000;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Writes a reply as SMTP has it, the enhanced status on each line (RFC 2034 3). The result is ASCII whatever the texts
 * hold: control characters and all beyond ASCII become `?`, so no text can begin a line of its own. A text that is too
 * long for a line goes on in the next; a challenge (334) is never broken, for it is data (RFC 4954 4).
 */
export function encodeReply(reply: Reply): string {
  const status = reply.status === undefined ? "" : `${reply.status} `;
  const room = reply.code === 334 ? Number.POSITIVE_INFINITY : roomFor(status);
  const [first = "", ...more] = reply.lines;
  if (more.length === 0 && first.length <= room) return `${reply.code} ${status}${plainText(first)}\r\n`;
  const texts = [first, ...more].flatMap((text) => wrap(plainText(text), room));
  const last = texts.length - 1;
  return texts.map((text, i) => `${reply.code}${i < last ? "-" : " "}${status}${text}\r\n`).join("");
}

function roomFor(status: string): number {
  return MAX_REPLY_LINE_BYTES - "250 ".length - status.length - CRLF_BYTES;
}

function plainText(text: string): string {
  return /^[ -~]*$/.test(text) ? text : text.replace(/[^ -~]/gu, "?");
}

/** Breaks at the last blank that fits, else in the middle of a word. */
function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const blank = rest.lastIndexOf(" ", room);
    const end = blank > 0 ? blank : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(blank > 0 ? end + 1 : end);
  }
  return [...lines, rest];
}

/** Makes a reader of replies of at most 100 lines of 2,000 octets. Lines may end in a bare LF: some peers' do. */
export function replyReader(): ReplyReader {
  let held: Buffer = NOTHING;
  let lines: ReplyLine[] = [];
  let lineBytes = 0;
  let malformed = false;

  function push(chunk: Buffer): void {
    if (!malformed) held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
  }

  function next(): ReceivedReply | undefined | "malformed" {
    while (!malformed) {
      const lf = held.indexOf(LF);
      const length = lf < 0 ? held.length : lf;
      if (length > MAX_LINE_BYTES) break;
      if (lf < 0) return undefined;
      const line = replyLine(held.subarray(0, lf));
      held = held.subarray(lf + 1);
      // RFC 5321 4.2.1: all lines of a reply have one code.
      if (line === undefined || (lines[0] && lines[0].code !== line.code) || lines.length === MAX_LINES)
        break;
      lines.push(line);
      lineBytes += lf + 1;
      if (line.last) return takeReply();
    }
    malformed = true;
    clear();
    return "malformed";
  }

  function takeReply(): ReceivedReply {
    const texts = lines.map((line) => line.text);
    const code = Number(lines[0]?.code);
    forgetLines();
    return receivedReply(code, texts);
  }

  function clear(): number {
    const dropped = lineBytes + held.length;
    held = NOTHING;
    forgetLines();
    return dropped;
  }

  function forgetLines(): void {
    lines = [];
    lineBytes = 0;
  }

  return { push, next, clear };
}

function replyLine(bytes: Buffer): ReplyLine | undefined {
  // Control characters could act on a terminal or forge a line of the log; what is no UTF-8 becomes U+FFFD.
  const line = bytes
    .toString("utf8")
    .replace(/\r$/, "")
    .replace(/[\p{Cc}\u2028\u2029]/gu, "?");
  const found = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(line);
  return found?.[1] === undefined
    ? undefined
    : { code: found[1], last: found[2] !== "-", text: found[3] ?? "" };
}

function receivedReply(code: number, texts: readonly string[]): ReceivedReply {
  const status = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(texts[0] ?? "")?.[1];
  if (status === undefined || Number(status[0]) !== Math.floor(code / 100)) return { code, lines: texts };
  const prefix = `${status} `;
  const lines = texts.map((text) => {
    if (text === status) return "";
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  });
  return { code, status, lines };
}
