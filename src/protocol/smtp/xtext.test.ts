import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeXtext, encodeXtext } from "./xtext.ts";

// fast-check's own unit for any character takes most of a second to set up.
const character = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));

describe("xtext", () => {
  const PAIRS = [
    ["", ""],
    ["alice@example.test", "alice@example.test"],
    ["a+b=c", "a+2Bb+3Dc"],
    ["a b", "a+20b"],
    ["line\r\n", "line+0D+0A"],
    ["\x7f", "+7F"],
    ["ü", "+C3+BC"],
  ] as const;
  for (const [text, encoded] of PAIRS) {
    it(`writes ${JSON.stringify(text)} as ${encoded} and reads it back`, () => {
      assert.equal(encodeXtext(text), encoded);
      assert.equal(decodeXtext(encoded), text);
    });
  }

  for (const wrong of ["a=b", "a b", "+", "+2", "+2b", "+G0", "ü", "\t", "+FF", "+C3", "a+C3+28"]) {
    it(`does not read ${JSON.stringify(wrong)}`, () => {
      assert.equal(decodeXtext(wrong), undefined);
    });
  }

  it("reads what it wrote, and writes only printable ASCII", () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        const encoded = encodeXtext(text);
        assert.match(encoded, /^[!-~]*$/);
        assert.equal(decodeXtext(encoded), text);
      }),
    );
  });

  it("never throws on what others wrote", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."+0123456789ABCDEFabc=ü".split("")) }), (text) => {
        const decoded = decodeXtext(text);
        assert.ok(decoded === undefined || typeof decoded === "string");
      }),
    );
  });
});
