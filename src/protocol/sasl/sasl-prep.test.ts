import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { preparePassword } from "./sasl-prep.ts";

function prepared(password: string): string | undefined {
  const result = preparePassword(password);
  return result.ok ? result.value : undefined;
}

describe("preparePassword", () => {
  it("gives the results of RFC 4013 3", () => {
    assert.equal(prepared("I\u00adX"), "IX");
    assert.equal(prepared("user"), "user");
    assert.equal(prepared("USER"), "USER");
    assert.equal(prepared("\u00aa"), "a");
    assert.equal(prepared("\u2168"), "IX");
    assert.equal(prepared("\u0007"), undefined);
  });

  it("makes one password of a composed and a decomposed accent, and of any kind of space", () => {
    assert.equal(prepared("p\u00e4ss\u00a0word"), prepared("pa\u0308ss word"));
    assert.equal(prepared("pass\u1680word"), "pass word");
  });

  it("leaves printable ASCII as it is", () => {
    fc.assert(fc.property(fc.stringMatching(/^[ -~]{1,64}$/), (text) => prepared(text) === text));
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = prepared(text);
        return once === undefined || prepared(once) === once;
      }),
    );
  });

  it("refuses what cannot be typed: control, private use, surrogates, direction, tags, no characters", () => {
    for (const text of [
      "",
      "\u00ad",
      "a\tb",
      "a\x7f",
      "a\u2028",
      "\ue000",
      "\ud800",
      "\u202e",
      "\u{e0041}",
      "\uffff",
      "\ufffd",
    ]) {
      assert.equal(prepared(text), undefined, JSON.stringify(text));
    }
  });

  it("quotes nothing of a password that it refuses", () => {
    const result = preparePassword("hunter2\u0007");
    assert.ok(!result.ok && !result.error.includes("hunter2"));
  });
});
