import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { foldedField, wrapText } from "./wrap-text.ts";

describe("wrapText", () => {
  it("breaks at spaces, and indents every line but the first", () => {
    assert.deepEqual(wrapText("one two three four", 9, "  "), ["one two", "  three", "  four"]);
    assert.deepEqual(wrapText("", 9, ""), []);
  });

  it("counts octets, so that a line of accents is no longer than one without", () => {
    assert.deepEqual(wrapText("\u00e4\u00e4 \u00e4\u00e4", 8, ""), ["\u00e4\u00e4", "\u00e4\u00e4"]);
  });

  it("splits a word that is too long for any line", () => {
    const lines = wrapText("\u{1f600}".repeat(600), 76, " ");
    assert.deepEqual(
      lines.map((line) => Buffer.byteLength(line.trim())),
      [800, 800, 800],
    );
  });

  it("keeps the words and stays under 998 octets, whatever the text", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\u{1f600}", " "), maxLength: 3000 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 100 }), (words, width) => {
        const lines = wrapText(words, width, " ");
        assert.equal(lines.join("").replaceAll(" ", ""), words.replaceAll(" ", ""));
        for (const line of lines) assert.ok(Buffer.byteLength(line) <= 998 && line.trim() !== "");
      }),
    );
  });
});

describe("foldedField", () => {
  it("folds a long value so that unfolding gives it back", () => {
    const value =
      "smtp; 550 5.1.1 no such user here, and none that is known to have been here at any time before";
    const field = foldedField("Diagnostic-Code", value);
    assert.equal(field.split("\r\n").length, 3);
    assert.equal(field.replace(/\r\n(?=[ \t])/g, ""), `Diagnostic-Code: ${value}\r\n`);
  });
});
