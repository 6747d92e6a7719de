import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { sawEightBit, scanChunk, skipText } from "./line-byte-scan.ts";

/** What `skipText` promises, byte by byte. */
function slowSkip(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    while (at < bytes.length && (bytes[at] ?? 0) >= 14) at += 1;
    if (bytes[at] !== 13 || bytes[at + 1] !== 10 || !((bytes[at + 2] ?? 0) > 0x2e)) return at;
    at += 2;
  }
}

describe("skipText", () => {
  const CASES = [
    ["", 0],
    ["text", 4],
    ["text without any end of line at all", 35],
    ["a\r\nb\r\nc", 7],
    ["a\r\n.b", 1],
    ["a\r\n", 1],
    ["abcdefgh\tb", 8],
    ["abcdefgh\nb", 8],
    ["abcdefgh\rb", 8],
    ["a\r\n\r\nb", 1],
    ["\0", 0],
    ["\x0e\xff\x80", 3],
  ] as const;
  for (const [text, end] of CASES) {
    it(`stops in ${JSON.stringify(text)} at ${end}`, () => {
      assert.equal(skipText(scanChunk(Buffer.from(text, "latin1")), 0), end);
    });
  }

  it("finds what a search byte by byte finds, wherever the chunk lies in memory", () => {
    const unit = fc.constantFrom(0x61, 0x61, 0x61, 0x61, 0x80, 0xff, 0x0e, 0x0d, 0x0a, 0x2e, 0x09, 0x00);
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.array(unit, { maxLength: 60 }));
    fc.assert(
      fc.property(bytes, fc.nat(3), fc.nat(60), (content, offset, start) => {
        const chunk = Buffer.from(new ArrayBuffer(content.length + offset), offset);
        chunk.set(content);
        const from = Math.min(start, chunk.length);
        assert.equal(skipText(scanChunk(chunk), from), slowSkip(chunk, from));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("sawEightBit", () => {
  it("sees a byte over 127 in any place of a word and only in what was passed", () => {
    for (let place = 0; place < 15; place += 1) {
      const text = `${"a".repeat(place)}\xe9${"a".repeat(14 - place)}`;
      const passed = scanChunk(Buffer.from(text, "latin1"));
      skipText(passed, 0);
      assert.ok(sawEightBit(passed), `place ${place}`);
      const behind = scanChunk(Buffer.from(`\n${text}`, "latin1"));
      skipText(behind, 0);
      assert.ok(!sawEightBit(behind), `place ${place} behind the stop`);
    }
  });
});
