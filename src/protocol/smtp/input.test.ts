import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type InputEvent, type SmtpInput, smtpInput } from "./input.ts";

const MAX_LINE_BYTES = 24;
const bytes = (text: string) => Buffer.from(text, "latin1");

/** An event as a text; pieces of a body that follow one another are one. */
function record(seen: string[], event: InputEvent): void {
  if (event.kind === "data") {
    const text = event.chunk.toString("latin1");
    const last = seen.at(-1);
    if (last?.startsWith("data ")) seen[seen.length - 1] = last + text;
    else seen.push(`data ${text}`);
  } else if (event.kind === "line") seen.push(`line ${event.line.toString("latin1")}`);
  else seen.push(JSON.stringify(event));
}

/** Works off what is there as a server would: DATA and BDAT change the mode. */
function drain(input: SmtpInput, seen: string[]): void {
  for (let event = input.next(); event; event = input.next()) {
    record(seen, event);
    const line = event.kind === "line" ? event.line.toString("latin1") : "";
    const bdat = /^BDAT (\d+)( LAST)?$/.exec(line);
    if (line === "DATA") input.mode("data");
    if (bdat) {
      const last = bdat[2] !== undefined;
      input.mode({ bdat: Number(bdat[1]), first: last, last });
    }
  }
}

/** A whole session with the bytes in these chunks: the events, and what stays unread. */
function session(chunks: readonly Buffer[]): { seen: string[]; buffered: number } {
  const input = smtpInput({ maxLineBytes: MAX_LINE_BYTES });
  const seen: string[] = [];
  for (const chunk of chunks) {
    input.push(chunk);
    drain(input, seen);
  }
  return { seen, buffered: input.buffered };
}

/** Chunks of the stream: cut after each of these lengths. */
function cutUp(stream: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(stream.subarray(at, at + length));
    at += length;
  }
  return [...chunks, stream.subarray(at)];
}

const DIALOG = bytes(
  "EHLO x\r\nDATA\r\nSubject: a\r\n\r\n..dot\r\n.\r\nBDAT 5\r\n.\r\na\rBDAT 4 LAST\r\n\nb\r\nQUIT\r\n",
);
const DIALOG_EVENTS = [
  "line EHLO x",
  "line DATA",
  "data Subject: a\r\n\r\n.dot\r\n",
  '{"kind":"data-end","bareNewline":false,"eightBit":false}',
  "line BDAT 5",
  "data .\r\na\r",
  '{"kind":"bdat-end","bareNewline":false,"eightBit":false}',
  "line BDAT 4 LAST",
  "data \nb\r\n",
];

describe("smtpInput", () => {
  it("reads a pipelined session of commands, data and chunks", () => {
    const { seen, buffered } = session([DIALOG]);
    assert.deepEqual(seen.slice(0, DIALOG_EVENTS.length), DIALOG_EVENTS);
    assert.equal(seen.at(-1), "line QUIT");
    assert.equal(buffered, 0);
  });

  it("leaves what is pipelined unread until it is asked for", () => {
    const input = smtpInput({ maxLineBytes: MAX_LINE_BYTES });
    input.push(bytes("STARTTLS\r\nMAIL FROM:<evil@"));
    input.push(bytes("example.test>\r\n"));
    assert.equal(input.buffered, 41);
    assert.equal(input.next()?.kind, "line");
    assert.equal(input.buffered, 31);
    assert.equal(input.clear(), 31);
    assert.equal(input.buffered, 0);
    assert.equal(input.next(), undefined);
  });

  it("drops a line that has begun, too, when it is cleared", () => {
    const input = smtpInput({ maxLineBytes: MAX_LINE_BYTES });
    input.push(bytes("MAIL FROM"));
    assert.equal(input.next(), undefined);
    assert.equal(input.buffered, 9);
    assert.equal(input.clear(), 9);
    input.push(bytes("EHLO x\r\n"));
    assert.deepEqual(input.next(), { kind: "line", line: bytes("EHLO x") });
  });

  it("holds no more than the limit of a line that never ends", () => {
    const input = smtpInput({ maxLineBytes: MAX_LINE_BYTES });
    for (let i = 0; i < 1000; i += 1) {
      input.push(Buffer.alloc(1000, "x"));
      assert.equal(input.next(), undefined);
      assert.equal(input.buffered, 0);
    }
    input.push(bytes("\r\nNOOP\r\n"));
    assert.deepEqual(input.next(), { kind: "line-too-long" });
    assert.deepEqual(input.next(), { kind: "line", line: bytes("NOOP") });
  });

  it("counts what waits in many small chunks, and reads them in their order", () => {
    const input = smtpInput({ maxLineBytes: 200_000 });
    for (let i = 0; i < 100_000; i += 1) input.push(bytes(String(i % 10)));
    input.push(Buffer.alloc(0));
    input.push(bytes("\r\n"));
    assert.equal(input.buffered, 100_002);
    const event = input.next();
    assert.ok(event?.kind === "line");
    assert.equal(event.line.toString(), "0123456789".repeat(10_000));
    assert.equal(input.buffered, 0);
  });

  it("takes an empty BDAT chunk without another byte", () => {
    const input = smtpInput({ maxLineBytes: MAX_LINE_BYTES });
    input.mode({ bdat: 0, first: true, last: true });
    assert.deepEqual(input.next(), { kind: "bdat-end", bareNewline: false, eightBit: false });
    assert.equal(input.next(), undefined);
  });

  it("can be told to go back to commands before data has ended", () => {
    const input = smtpInput({ maxLineBytes: MAX_LINE_BYTES });
    input.mode("data");
    input.mode("command");
    input.push(bytes(".\r\n"));
    assert.deepEqual(input.next(), { kind: "line", line: bytes(".") });
  });
});

describe("smtpInput, however the stream is cut", () => {
  const piece = fc.constantFrom(
    "\r\n",
    "\r\n",
    "\r",
    "\n",
    ".",
    ".",
    "a",
    "\xe9",
    "\0",
    "\r\n.\r\n",
    "\r\n.",
    "xxxxxxxxxxxxxx",
  );
  const command = fc.constantFrom(
    "DATA\r\n",
    "BDAT 3\r\n",
    "BDAT 9 LAST\r\n",
    "BDAT 0\r\n",
    "NOOP\r\n",
    "DATA\n",
  );
  const stream = fc
    .array(fc.oneof({ weight: 5, arbitrary: piece }, { weight: 1, arbitrary: command }), { maxLength: 60 })
    .map((parts) => bytes(parts.join("")));
  const lengths = fc.array(fc.nat(9), { maxLength: 80 });

  it("sees the same events in any chunks as in one", () => {
    fc.assert(
      fc.property(stream, lengths, (whole, cuts) => {
        assert.deepEqual(session(cutUp(whole, cuts)), session([whole]));
      }),
      { numRuns: 3000 },
    );
  });

  it("sees the same events byte by byte", () => {
    assert.deepEqual(session(Array.from(DIALOG, (byte) => Buffer.of(byte))), session([DIALOG]));
  });

  it("ends data where the literal CRLF.CRLF first stands, takes just the stuffed dots off, and finds every bare newline", () => {
    fc.assert(
      fc.property(stream, lengths, (body, cuts) => {
        const whole = Buffer.concat([bytes("DATA\r\n"), body, bytes("\r\n.\r\n")]);
        const { seen } = session(cutUp(whole, cuts));
        // The oracle works on text, with a CRLF before the first line for the one behind DATA.
        const text = `\r\n${whole.toString("latin1").slice("DATA\r\n".length)}`;
        const content = text.slice(2, text.indexOf("\r\n.\r\n") + 2);
        const unstuffed = content
          .split("\r\n")
          .map((line) => line.replace(/^\./, ""))
          .join("\r\n");
        const bareNewline = /\r(?!\n)|(?<!\r)\n/.test(content);
        const eightBit = /[\x80-\xff]/.test(content);
        const end = JSON.stringify({ kind: "data-end", bareNewline, eightBit });
        const expected = ["line DATA", ...(unstuffed === "" ? [] : [`data ${unstuffed}`]), end];
        assert.deepEqual(seen.slice(0, expected.length), expected);
      }),
      { numRuns: 3000 },
    );
  });
});
