import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { lineInput } from "../line/line-input.ts";
import type { LineEvent } from "../line/line-reader.ts";
import { type PopCommand, parsePopCommand } from "./command.ts";

const GOOD: readonly (readonly [line: string, command: PopCommand])[] = [
  ["USER alice@example.test", { verb: "USER", login: "alice@example.test" }],
  ["user alice", { verb: "USER", login: "alice" }],
  ["PASS two words  and blanks ", { verb: "PASS", password: "two words  and blanks " }],
  ["PASS  ", { verb: "PASS", password: " " }],
  ["PASS pässword", { verb: "PASS", password: "pässword" }],
  ["STAT", { verb: "STAT" }],
  ["Noop", { verb: "NOOP" }],
  ["RSET ", { verb: "RSET" }],
  ["QUIT", { verb: "QUIT" }],
  ["CAPA", { verb: "CAPA" }],
  ["STLS", { verb: "STLS" }],
  ["LIST", { verb: "LIST" }],
  ["LIST 7", { verb: "LIST", message: 7 }],
  ["UIDL", { verb: "UIDL" }],
  ["UIDL 007", { verb: "UIDL", message: 7 }],
  ["RETR 1", { verb: "RETR", message: 1 }],
  ["DELE 0", { verb: "DELE", message: 0 }],
  ["TOP 1 0", { verb: "TOP", message: 1, lines: 0 }],
  ["TOP  1  10", { verb: "TOP", message: 1, lines: 10 }],
  ["AUTH", { verb: "AUTH" }],
  ["AUTH plain", { verb: "AUTH", mechanism: "PLAIN" }],
  ["AUTH PLAIN AGEAYg==", { verb: "AUTH", mechanism: "PLAIN", initial: "AGEAYg==" }],
  ["AUTH PLAIN =", { verb: "AUTH", mechanism: "PLAIN", initial: "" }],
];

const BAD: readonly (readonly [line: string, fault: "unknown-command" | "syntax"])[] = [
  ["", "unknown-command"],
  ["APOP alice c4c9334bac560ecc979e58001b3e22fb", "unknown-command"],
  ["USERalice", "unknown-command"],
  ["USER", "syntax"],
  ["USER ", "syntax"],
  ["PASS", "syntax"],
  ["STAT 1", "syntax"],
  ["LIST x", "syntax"],
  ["LIST 1 2", "syntax"],
  ["RETR", "syntax"],
  ["RETR -1", "syntax"],
  ["RETR 1.5", "syntax"],
  ["RETR 1e3", "syntax"],
  ["RETR 1234567890123456", "syntax"],
  ["TOP 1", "syntax"],
  ["TOP 1 -1", "syntax"],
  ["AUTH PLAIN a b", "syntax"],
];

describe("parsePopCommand", () => {
  for (const [line, command] of GOOD) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(parsePopCommand(Buffer.from(line)), command);
    });
  }

  for (const [line, fault] of BAD) {
    it(`takes ${JSON.stringify(line)} for a fault`, () => {
      const command = parsePopCommand(Buffer.from(line));
      assert.ok(command.verb === "fault");
      assert.equal(command.fault, fault);
    });
  }

  it("never throws, whatever the bytes are, and quotes none of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const command = parsePopCommand(Buffer.from(bytes));
        if (command.verb === "fault") assert.match(command.detail, /^[ -~]+$/);
      }),
    );
  });
});

describe("lineInput", () => {
  const events = (chunks: readonly Buffer[]): LineEvent[] => {
    const input = lineInput({ maxLineBytes: 40 });
    const found: LineEvent[] = [];
    for (const chunk of chunks) {
      input.push(chunk);
      for (let event = input.next(); event; event = input.next()) found.push(event);
    }
    return found;
  };

  it("reads the same lines however the bytes are cut", () => {
    const line = fc.constantFrom(
      "RETR 1\r\n",
      "PASS a b\r\n",
      "USER x\n",
      "\r\n",
      "NO\rOP\r\n",
      `${"x".repeat(50)}\r\n`,
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(200)), (lines, cuts) => {
        const whole = Buffer.from(lines.join(""));
        const at = [0, ...cuts.filter((cut) => cut < whole.length), whole.length].sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, i) => whole.subarray(at[i], end));
        assert.deepEqual(events(pieces), events([whole]));
        assert.deepEqual(events([...whole].map((byte) => Buffer.of(byte))), events([whole]));
      }),
    );
  });

  it("drops what is not read yet, also a line that has begun, and says how much it was", () => {
    const input = lineInput({ maxLineBytes: 40 });
    input.push(Buffer.from("STLS\r\nUSER a\r\nPASS"));
    assert.equal(input.next()?.kind, "line");
    assert.equal(input.buffered, 12);
    assert.equal(input.clear(), 12);
    assert.equal(input.next(), undefined);
    input.push(Buffer.from("CAPA\r\n"));
    assert.deepEqual(input.next(), { kind: "line", line: Buffer.from("CAPA") });
  });
});
