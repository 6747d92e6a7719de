import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { messageEncoder, wireSize } from "./message-encoder.ts";

function encode(chunks: readonly Buffer[], maxBodyLines?: number): string {
  const encoder = messageEncoder(maxBodyLines);
  const pieces = chunks.flatMap((chunk) => encoder.write(chunk));
  return Buffer.concat([...pieces, ...encoder.end()]).toString("latin1");
}

function sizeOf(chunks: readonly Buffer[]): number {
  const size = wireSize();
  for (const chunk of chunks) size.add(chunk);
  return size.total();
}

/** The same done the slow and plain way. */
function plainly(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "" && text.endsWith("\n")) lines.pop();
  return text === "" ? [] : lines;
}

const ENCODED: readonly (readonly [name: string, message: string, sent: string])[] = [
  ["nothing", "", ""],
  ["lines that end with CRLF, as they are", "Subject: x\r\n\r\nhello\r\n", "Subject: x\r\n\r\nhello\r\n"],
  ["lines that end with LF", "Subject: x\n\nhello\n", "Subject: x\r\n\r\nhello\r\n"],
  ["a last line without an end", "a\r\nb", "a\r\nb\r\n"],
  ["dots at the start of lines", ".\r\n..\r\na.\r\n.b", "..\r\n...\r\na.\r\n..b\r\n"],
  ["a dot after a bare LF", "a\n.\n", "a\r\n..\r\n"],
  ["no dot after a bare CR", "a\r.b\r\n", "a\r.b\r\n"],
  ["bytes beyond ASCII", "\xff\0\x80\r\n", "\xff\0\x80\r\n"],
];

describe("messageEncoder", () => {
  for (const [name, message, sent] of ENCODED) {
    it(`sends ${name}`, () => assert.equal(encode([Buffer.from(message, "latin1")]), sent));
  }

  const TOPS: readonly (readonly [lines: number, sent: string])[] = [
    [0, "A: 1\r\nB: 2\r\n\r\n"],
    [1, "A: 1\r\nB: 2\r\n\r\n..one\r\n"],
    [2, "A: 1\r\nB: 2\r\n\r\n..one\r\n\r\n"],
    [3, "A: 1\r\nB: 2\r\n\r\n..one\r\n\r\nthree\r\n"],
    [9, "A: 1\r\nB: 2\r\n\r\n..one\r\n\r\nthree\r\n"],
  ];
  for (const [lines, sent] of TOPS) {
    it(`sends header and ${lines} lines of the body for TOP, however the message is cut`, () => {
      for (const message of ["A: 1\r\nB: 2\r\n\r\n.one\r\n\r\nthree", "A: 1\nB: 2\n\n.one\n\nthree\n"]) {
        const whole = Buffer.from(message);
        assert.equal(encode([whole], lines), sent);
        for (let cut = 0; cut <= whole.length; cut += 1) {
          assert.equal(encode([whole.subarray(0, cut), whole.subarray(cut)], lines), sent, `cut at ${cut}`);
        }
        assert.equal(
          encode(
            [...whole].map((byte) => Buffer.of(byte)),
            lines,
          ),
          sent,
        );
      }
    });
  }

  it("says when TOP has seen enough, so that the rest need not be read", () => {
    const encoder = messageEncoder(1);
    encoder.write(Buffer.from("A: 1\n\none"));
    assert.equal(encoder.full, false);
    encoder.write(Buffer.from("\ntwo"));
    assert.equal(encoder.full, true);
    assert.deepEqual(encoder.write(Buffer.from("three")), []);
  });

  it("sends what a client takes for the same lines, as many octets as were said, however the message is cut", () => {
    const text = fc
      .array(fc.constantFrom("a", ".", "\r", "\n", "\r\n", "\r\n.", "xyz"), { maxLength: 40 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat(80)), (message, cuts) => {
        const whole = Buffer.from(message);
        const at = [0, ...cuts.filter((cut) => cut < whole.length), whole.length].sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, i) => whole.subarray(at[i], end));
        const sent = encode(pieces);
        assert.equal(sent, encode([whole]));
        const lines = sent.split("\r\n");
        assert.equal(lines.pop(), "");
        assert.ok(!lines.includes("."));
        const taken = lines.map((line) => (line.startsWith(".") ? line.slice(1) : line));
        assert.deepEqual(taken.join("\n"), plainly(message).join("\n"));
        const octets = taken.reduce((sum, line) => sum + line.length + 2, 0);
        assert.equal(sizeOf(pieces), octets);
        assert.equal(sizeOf([whole]), octets);
      }),
      { numRuns: 500 },
    );
  });
});
