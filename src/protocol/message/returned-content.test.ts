import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { returnedContent } from "./returned-content.ts";

const header = Buffer.from("From: alice@example.test\r\nSubject: hello\r\n\r\nbody");

function headerOf(text: string | Buffer): string {
  return returnedContent({ header: Buffer.from(text) }).bytes.toString("latin1");
}

describe("returnedContent", () => {
  it("returns the whole message where it is given, byte for byte", () => {
    for (const text of ["A: b\r\n\r\nbody\r\n", "A: b\r\n\r\n\r\n\xff", "", `${"x".repeat(998)}\r\n`]) {
      const full = Buffer.from(text, "latin1");
      assert.deepEqual(returnedContent({ header, full }), { kind: "message", bytes: full });
    }
  });

  it("returns the header of a message that cannot stand unchanged in another", () => {
    const cases = [
      "\nbare\r\n",
      "a\nb\r\n",
      "a\rb\r\n",
      "a\r\r\n",
      "a\r",
      "a\n",
      `${"x".repeat(999)}\r\n`,
      "x".repeat(999),
      "a\0b\r\n",
    ];
    for (const text of cases) {
      assert.equal(
        returnedContent({ header, full: Buffer.from(text) }).kind,
        "header",
        JSON.stringify(text.slice(0, 9)),
      );
    }
  });

  it("leaves the body out where only the header is to be returned", () => {
    assert.equal(headerOf(header), "From: alice@example.test\r\nSubject: hello\r\n");
  });

  it("mends line ends and drops what would end the header early", () => {
    assert.equal(headerOf("A: b\nC: d\0\r \t\r\n"), "A: b\r\nC: d\r\n");
  });

  it("cuts an overlong line at 998 octets and within no character", () => {
    assert.equal(headerOf(`A: ${"x".repeat(2000)}\r\n`).length, 1000);
    const cut = returnedContent({ header: Buffer.from(`${"x".repeat(997)}\u00e4\u00e4\r\n`) }).bytes;
    assert.equal(cut.toString(), `${"x".repeat(997)}\r\n`);
  });

  it("returns 64 KiB of a header at most", () => {
    assert.ok(headerOf("A: bcdefghijklm\r\n".repeat(10_000)).length <= 64 * 1024 + 2);
  });
});
