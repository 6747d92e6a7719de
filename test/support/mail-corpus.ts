import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { testMailFolder } from "../../scripts/fetch-test-mail.ts";

/** A message with CRLF line ends. */
export interface CorpusMessage {
  /** Where it comes from, or how it was made. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** The real messages, and made ones of every shape that real mail may lack; the same each time. */
export async function mailCorpus(): Promise<CorpusMessage[]> {
  return [...(await realMail()), ...generated(MAKERS.length * 4)];
}

/**
 * Three hundred messages that were sent by people and by spammers, spread evenly over the kinds of SpamAssassin's public
 * corpus. Empty where it could not be fetched.
 */
export async function realMail(): Promise<CorpusMessage[]> {
  const messages: CorpusMessage[] = [];
  for (const kind of await listed(testMailFolder)) {
    const names = (await listed(join(testMailFolder, kind))).filter((name) => name.endsWith(".txt"));
    for (let i = 0; i < OF_EACH_KIND; i += 1) {
      const name = names[Math.floor((i * names.length) / OF_EACH_KIND)];
      if (name === undefined) continue;
      const bytes = await readFile(join(testMailFolder, kind, name));
      messages.push({ name: `${kind} ${name}`, bytes: withCrLf(withoutMboxLine(bytes)) });
    }
  }
  return messages;
}

const OF_EACH_KIND = 60;

/** The corpus was kept in mbox files, whose first line is no part of the message. */
function withoutMboxLine(bytes: Buffer): Buffer {
  return bytes.subarray(0, 5).toString("latin1") === "From "
    ? bytes.subarray(bytes.indexOf("\n") + 1)
    : bytes;
}

async function listed(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.sort();
}

function withCrLf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replace(/\r\n|\r|\n/g, "\r\n"), "latin1");
}

function generated(count: number): CorpusMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const random = seeded(index + 1);
    const [kind, make] = MAKERS[index % MAKERS.length]!;
    // The number keeps any two apart.
    return { name: `${kind} ${index}`, bytes: Buffer.from(make(random, index), "latin1") };
  });
}

/** A whole number from 0 up to, not including, the bound. */
type Random = (bound: number) => number;

/** A linear congruential generator: good enough to vary mail, and the same everywhere. */
function seeded(seed: number): Random {
  let state = (seed * 2_654_435_761) % 2 ** 32;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Each makes a message, one character for each byte. */
const MAKERS: readonly (readonly [kind: string, make: (random: Random, index: number) => string])[] = [
  ["plain text", (random, i) => `${header(i)}\r\n${lines(random, 1 + random(60))}`],
  ["8-bit text", (random, i) => `${header(i, eightBit("text/plain"))}\r\n${utf8Lines(random, 20)}`],
  ["attachment", (random, i) => multipart(i, [text(random), attachment(random, 3000 + random(9000))])],
  ["lines of dots", (random, i) => `${header(i)}\r\n${dotLines(random, 30)}`],
  ["no line end at the end", (random, i) => `${header(i)}\r\n${lines(random, 5)}the last words`],
  ["ends with a dot without a line end", (_random, i) => `${header(i)}\r\n.\r\n..\r\n.`],
  ["empty body", (_random, i) => `${header(i)}\r\n`],
  ["header only", (_random, i) => header(i)],
  ["body only", (random, i) => `\r\nNumber ${i}.\r\n${lines(random, 3)}`],
  ["lines of 998 bytes", (random, i) => `${header(i)}\r\n${longLines(random, 10)}`],
  ["long folded fields", (random, i) => `${foldedFields(random)}${header(i)}\r\n${lines(random, 3)}`],
  ["empty lines around", (random, i) => `${header(i)}\r\n\r\n\r\n\r\n${lines(random, 2)}\r\n\r\n\r\n`],
  ["white space at line ends", (random, i) => `${header(i)}\r\n${spaced(random, 12)}`],
  ["mail within mail", (random, i) => multipart(i, [text(random), enclosed(random)])],
  ["parts within parts", (random, i) => nested(random, i, 1 + random(6))],
  ["looks like trace fields", (random, i) => `${traceFields(i)}${header(i)}\r\n${lines(random, 2)}`],
  ["looks like SMTP", (_random, i) => `${header(i)}\r\n.\r\nQUIT\r\nFrom me\r\n>From you\r\nRSET\r\n..\r\n`],
  [
    "larger than a row",
    (random, i) => multipart(i, [text(random), attachment(random, i < 100 ? 200 * 1024 : 20_000)]),
  ],
  ["a megabyte", (random, i) => `${header(i)}\r\n${lines(random, i < 30 ? 36_000 : 200)}`],
];

const WORDS = "the quick brown fox jumps over a lazy dog while it rains on all of us today".split(" ");

function header(index: number, more = ""): string {
  const fields = ["From: Ann <ann@other.test>", "To: alice@example.test", `Subject: Number ${index}`];
  return `${fields.join("\r\n")}\r\nMessage-ID: <${index}@other.test>\r\n${more}`;
}

function eightBit(type: string): string {
  return `MIME-Version: 1.0\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n`;
}

function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => WORDS[random(WORDS.length)]).join(" ");
}

function many(count: number, line: () => string): string {
  return Array.from({ length: count }, () => `${line()}\r\n`).join("");
}

function lines(random: Random, count: number): string {
  return many(count, () => words(random, random(14)));
}

function utf8Lines(random: Random, count: number): string {
  const line = () => `Grüße, 世界, ${words(random, 3)} – Ελλάδα 🦊`;
  return Buffer.from(many(count, line), "utf8").toString("latin1");
}

function dotLines(random: Random, count: number): string {
  return many(count, () => ".".repeat(random(4)) + (random(2) === 0 ? "" : words(random, 2)));
}

function longLines(random: Random, count: number): string {
  return many(count, () => (random(2) === 0 ? "." : "x").padEnd(998 - random(2), "abcdefghij"));
}

function spaced(random: Random, count: number): string {
  return many(count, () => words(random, random(4)) + " \t".repeat(random(5)));
}

function foldedFields(random: Random): string {
  const folded = Array.from({ length: 40 }, () => `\t<${random(1e9)}@other.test>`).join("\r\n");
  return `References: <0@other.test>\r\n${folded}\r\nX-Empty:\r\nX-Odd_name.1:no space\r\n`;
}

function traceFields(index: number): string {
  const received = `Received: from a.test (a.test [192.0.2.1])\r\n\tby b.test with ESMTP id ${index};\r\n\tTue, 24 Nov 2026 07:00:00 +0000\r\n`;
  return `Return-Path: <old@other.test>\r\nDelivered-To: old@other.test\r\n${received.repeat(3)}`;
}

function multipart(index: number, parts: readonly string[], boundary = `=_${index}`): string {
  const type = `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n`;
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return `${header(index, type)}\r\nA preamble.\r\n${body}--${boundary}--\r\n`;
}

function nested(random: Random, index: number, depth: number): string {
  let message = multipart(index, [text(random)]);
  for (let level = 0; level < depth; level += 1) message = multipart(index, [message], `=_${index}_${level}`);
  return message;
}

function text(random: Random): string {
  return `Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nna=C3=AFve =\r\n${lines(random, 4)}`;
}

function enclosed(random: Random): string {
  return `Content-Type: message/rfc822\r\n\r\n${header(random(1e6))}\r\n${lines(random, 5)}`;
}

function attachment(random: Random, size: number): string {
  const content = Buffer.from(Array.from({ length: size }, () => random(256)));
  const base64 = content.toString("base64").replace(/.{76}/g, "$&\r\n");
  const name = 'Content-Disposition: attachment; filename="data.bin"';
  return `Content-Type: application/octet-stream\r\n${name}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}`;
}
