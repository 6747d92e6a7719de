import { createHash } from "node:crypto";
import type { Random } from "./random.ts";

/** What a copy of a marked message says about itself, wherever it was found. */
export interface Mark {
  /** The id that {@link markedMessage} was given. */
  readonly id: string;
  /** The id that the server took the message under, from its Received field. */
  readonly serverId: string;
  /** A report about the message, which has its header but not all of its bytes. */
  readonly isReport: boolean;
  /** Whether every byte is as it was sent. Of a report: whether its last line is there. */
  readonly whole: boolean;
}

/** Enough text that no two bodies are alike, with lines that begin with dots and lines that are empty. */
const LINES_BYTES = 1 << 20;
const MAX_LINE_BYTES = 200;
const CR = 0x0d;

/** Makes messages of any size up to 1 MiB, each with an id and the checksum of its body in its header. */
export function messageMaker(random: Random): (id: string, bodyBytes: number) => Buffer {
  const lines = randomLines(random);
  return (id, bodyBytes) => {
    const start = lines.indexOf("\r\n", random.between(0, lines.length - bodyBytes - MAX_LINE_BYTES)) + 2;
    const cut = lines.subarray(start, start + bodyBytes);
    const body = Buffer.concat([cut.at(-1) === CR ? cut.subarray(0, -1) : cut, Buffer.from("\r\n")]);
    const header = `Subject: a message of the crash test\r\nX-Crash-Id: ${id}\r\nX-Crash-Sum: ${sum(body)}\r\n\r\n`;
    return Buffer.concat([Buffer.from(header), body]);
  };
}

/** Reads the mark of what has arrived; `undefined` where it is nothing of ours. */
export function readMark(message: Buffer): Mark | undefined {
  const end = message.indexOf("\r\n\r\n");
  const header = message.toString("latin1", 0, end);
  const isReport = /^Content-Type: multipart\/report/im.test(header);
  const marked = isReport ? message.toString("latin1") : header;
  const id = /^X-Crash-Id: (\S+)\r$/m.exec(marked)?.[1];
  const serverId = /^Received: [\s\S]*?\bid ([0-9A-Z]+)/m.exec(marked)?.[1];
  if (id === undefined || serverId === undefined) return undefined;
  const whole = isReport
    ? /--\r\n(?:\r\n)?$/.test(marked)
    : /^X-Crash-Sum: (\S+)\r?$/m.exec(header)?.[1] === sum(message.subarray(end + 4));
  return { id, serverId, isReport, whole };
}

/** Lines with CR and LF between them, more than {@link LINES_BYTES} in all. */
function randomLines(random: Random): Buffer {
  const lines: string[] = [];
  for (let size = 0; size < LINES_BYTES; size += (lines.at(-1)?.length ?? 0) + 2) {
    const kind = random.next();
    if (kind < 0.05) lines.push("");
    else if (kind < 0.15) lines.push(`.${"dots".repeat(random.between(0, 3))}`);
    else lines.push(random.next().toString(36).repeat(random.between(1, 7)));
  }
  return Buffer.from(lines.join("\r\n"), "latin1");
}

function sum(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
