import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lineReader } from "./line-reader.ts";

const MAX = 12;

/** All events of the chunks, as short texts; what is left of a line that has begun stands at the end. */
function read(...chunks: readonly string[]): string[] {
  const reader = lineReader(MAX);
  const seen: string[] = [];
  for (const text of chunks) {
    const cursor = { chunk: Buffer.from(text, "latin1"), at: 0 };
    for (let event = reader.read(cursor); event; event = reader.read(cursor)) {
      seen.push(event.kind === "line" ? `=${event.line.toString("latin1")}` : event.kind);
    }
    assert.equal(cursor.at, cursor.chunk.length);
    assert.ok(reader.held <= MAX);
  }
  return reader.held === 0 ? seen : [...seen, `held ${reader.held}`];
}

describe("lineReader", () => {
  const CASES: readonly (readonly [name: string, chunks: readonly string[], events: readonly string[]])[] = [
    ["cuts at CRLF", ["NOOP\r\nQUIT\r\n"], ["=NOOP", "=QUIT"]],
    ["hands out an empty line", ["\r\n"], ["="]],
    ["waits for the end of a line", ["NO", "OP"], ["held 4"]],
    ["joins a line", ["NO", "OP\r", "\nQU", "IT\r\n"], ["=NOOP", "=QUIT"]],
    ["keeps NUL and bytes over 127", ["a\0\xe9\r\n"], ["=a\0\xe9"]],
    ["reports a bare LF and goes on behind it", ["NOOP\nQUIT\r\n"], ["bare-newline", "=QUIT"]],
    ["reports a bare LF alone", ["\n\r\n"], ["bare-newline", "="]],
    ["reports a bare CR once, at the end of its line", ["NO\rOP\r\nQUIT\r\n"], ["bare-newline", "=QUIT"]],
    ["reports CR CR LF", ["NOOP\r\r\n"], ["bare-newline"]],
    ["takes a line of just the limit", ["0123456789\r\n"], ["=0123456789"]],
    ["takes one of just the limit in parts", ["01234567", "89\r", "\n"], ["=0123456789"]],
    ["refuses one octet more", ["0123456789a\r\nQUIT\r\n"], ["line-too-long", "=QUIT"]],
    ["refuses one octet more in parts", ["0123456789a\r", "\nQUIT\r\n"], ["line-too-long", "=QUIT"]],
    [
      "says it once for a very long line",
      ["x".repeat(99), "x".repeat(99), "\r\n."],
      ["line-too-long", "held 1"],
    ],
    ["calls a long line too long though it ends in a bare LF", ["x".repeat(99), "\n"], ["line-too-long"]],
    ["holds nothing of a line that is too long", ["x".repeat(99)], []],
  ];
  for (const [name, chunks, events] of CASES) {
    it(name, () => {
      assert.deepEqual(read(...chunks), events);
    });
  }

  it("forgets a line that has begun, and that it was too long", () => {
    const reader = lineReader(MAX);
    reader.read({ chunk: Buffer.from("MAIL"), at: 0 });
    assert.equal(reader.clear(), 4);
    reader.read({ chunk: Buffer.alloc(99), at: 0 });
    assert.equal(reader.clear(), 0);
    assert.equal(reader.read({ chunk: Buffer.from("NOOP\r\n"), at: 0 })?.kind, "line");
  });

  it("copies nothing of a line that lies in one chunk", () => {
    const chunk = Buffer.from("NOOP\r\n");
    const event = lineReader(MAX).read({ chunk, at: 0 });
    assert.ok(event?.kind === "line");
    assert.equal(event.line.buffer, chunk.buffer);
    assert.equal(event.line.byteOffset, chunk.byteOffset);
  });
});
