import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isSafeAddress, safeText, safeWord } from "./safe-text.ts";

const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("\r", "\n", "\t", "\0", "é", "a", " ", "\u2028", "\u202e", "\ud800") }),
);

describe("safeText", () => {
  it("puts a text of several lines on one, and marks what cannot be shown", () => {
    assert.equal(safeText("550 no\r\nsuch\tuser\0\x1b[31m", 100, true), "550 no such user??[31m");
    assert.equal(safeText("admin\u202egro.elpmaxe", 100, true), "admin?gro.elpmaxe");
    assert.equal(safeText("gr\u00fc\u00dfe \u{1f600}", 100, false), "gr??e ?");
    assert.equal(safeText("gr\u00fc\u00dfe", 100, true), "gr\u00fc\u00dfe");
  });

  it("cuts what is too long and says so", () => {
    assert.equal(safeText("abcdefghij", 10, true), "abcdefghij");
    assert.equal(safeText("abcdefghijk", 10, true), "abcdefg...");
  });

  it("is always one well-formed line within its bound", () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 4, max: 40 }), fc.boolean(), (text, max, utf8) => {
        const safe = safeText(text, max, utf8);
        assert.ok(safe.length <= max && safe.isWellFormed());
        assert.match(safe, utf8 ? /^[^\p{Cc}\u2028\u2029]*$/u : /^[\x20-\x7e]*$/);
      }),
    );
  });
});

describe("safeWord", () => {
  it("leaves nothing that could end a word, a comment or a line", () => {
    assert.equal(safeWord("mail(.example) [x];\r\nBcc: a@b", 255), "mail?.example???x????Bcc??a?b");
    fc.assert(fc.property(anything, (text) => /^[A-Za-z0-9._?-]{0,16}$/.test(safeWord(text, 16))));
  });
});

describe("isSafeAddress", () => {
  it("takes plain and quoted local parts, domains and literals", () => {
    for (const address of [
      "a@b.example",
      "a+b=c@b.example",
      '"a b>"@b.example',
      '"a\\"b"@b.example',
      "a@[192.0.2.1]",
      "a@[IPv6:2001:db8::1]",
    ]) {
      assert.equal(isSafeAddress(address, false), true, address);
    }
  });

  it("takes letters beyond ASCII only where they are allowed", () => {
    assert.equal(isSafeAddress("j\u00fcrgen@d\u00f6m\u00e4in.example", true), true);
    assert.equal(isSafeAddress("j\u00fcrgen@d\u00f6m\u00e4in.example", false), false);
  });

  it("refuses what could break out of angle brackets", () => {
    for (const address of [
      "",
      "a",
      "a@b>",
      "a>; x@b",
      "a b@c",
      '"a\r\nBcc: x"@b',
      '"a"b@c',
      "a@b@c",
      "a@[x]>",
      "a@b\u2028c",
      `${"a".repeat(600)}@b`,
      "a@b\n",
    ]) {
      assert.equal(isSafeAddress(address, true), false, JSON.stringify(address));
    }
  });
});
