import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Command, type CommandFault, parseCommand } from "./command.ts";

const parse = (line: string, utf8 = false) => parseCommand(Buffer.from(line), { utf8 });

const ALICE = { local: "alice", domain: "example.test" };
const BOB = { local: "bob", domain: "example.test" };
const MAIL_ALICE = {
  verb: "MAIL",
  path: { value: ALICE, text: "alice@example.test" },
  params: { smtpUtf8: false },
};
const RCPT_BOB = { verb: "RCPT", path: { value: BOB, text: "bob@example.test" }, params: {} };

const GOOD: readonly (readonly [line: string, command: unknown])[] = [
  ["EHLO client.example.test", { verb: "EHLO", domain: "client.example.test" }],
  ["ehlo [192.0.2.1]", { verb: "EHLO", domain: "[192.0.2.1]" }],
  ["HELO my_printer", { verb: "HELO", domain: "my_printer" }],
  ["EHLO [IPv6:2001:db8::1]", { verb: "EHLO", domain: "[IPv6:2001:db8::1]" }],
  [`EHLO ${"a".repeat(255)}`, { verb: "EHLO", domain: "a".repeat(255) }],
  ["MAIL FROM:<alice@example.test>", MAIL_ALICE],
  ["mail from:<alice@example.test>", MAIL_ALICE],
  ["MAIL FROM: <alice@example.test>", MAIL_ALICE],
  ["MAIL FROM:<alice@example.test>  \t ", MAIL_ALICE],
  ["MAIL FROM:<@relay.test:alice@example.test>", MAIL_ALICE],
  [
    "MAIL FROM:<alice@example.test> SIZE=5 BODY=8BITMIME",
    { ...MAIL_ALICE, params: { smtpUtf8: false, size: 5, body: "8BITMIME" } },
  ],
  ["MAIL FROM:<>", { verb: "MAIL", path: { value: null, text: "" }, params: { smtpUtf8: false } }],
  ["RCPT TO:<bob@example.test>", RCPT_BOB],
  ["Rcpt To: <bob@example.test>", RCPT_BOB],
  ["RCPT TO:<bob@example.test> NOTIFY=NEVER", { ...RCPT_BOB, params: { notify: ["NEVER"] } }],
  ["RCPT TO:<Postmaster>", { verb: "RCPT", path: { value: "postmaster", text: "Postmaster" }, params: {} }],
  ["DATA", { verb: "DATA" }],
  ["data  ", { verb: "DATA" }],
  ["RSET", { verb: "RSET" }],
  ["QUIT", { verb: "QUIT" }],
  ["STARTTLS", { verb: "STARTTLS" }],
  ["NOOP", { verb: "NOOP" }],
  ["NOOP are you there", { verb: "NOOP" }],
  ["BDAT 1024", { verb: "BDAT", size: 1024, last: false }],
  ["BDAT 0 LAST", { verb: "BDAT", size: 0, last: true }],
  ["bdat 7 last", { verb: "BDAT", size: 7, last: true }],
  ["VRFY alice", { verb: "VRFY", argument: "alice" }],
  ["EXPN team list", { verb: "EXPN", argument: "team list" }],
  ["HELP", { verb: "HELP", argument: "" }],
  ["HELP MAIL", { verb: "HELP", argument: "MAIL" }],
  ["AUTH PLAIN", { verb: "AUTH", mechanism: "PLAIN" }],
  ["auth scram-sha-256 =", { verb: "AUTH", mechanism: "SCRAM-SHA-256", initial: "" }],
  ["AUTH PLAIN AGFsaWNlAHB3", { verb: "AUTH", mechanism: "PLAIN", initial: "AGFsaWNlAHB3" }],
];

const BAD: readonly (readonly [line: string, fault: CommandFault["fault"], forVerb?: string])[] = [
  ["", "unknown-command"],
  [" ", "unknown-command"],
  ["FOO", "unknown-command"],
  ["TURN", "unknown-command"],
  ["XCLIENT ADDR=192.0.2.1", "unknown-command"],
  [" MAIL FROM:<alice@example.test>", "unknown-command"],
  ["MAIL\tFROM:<alice@example.test>", "unknown-command"],
  ["DATA\0", "unknown-command"],
  ["GET / HTTP/1.1", "unknown-command"],
  ["constructor", "unknown-command"],
  ["\u017fEHLO x", "unknown-command"],
  ["EHLO", "syntax", "EHLO"],
  ["EHLO ", "syntax", "EHLO"],
  ["EHLO two words", "syntax", "EHLO"],
  ["EHLO evil\x07host", "syntax", "EHLO"],
  ["HELO bücher.test", "not-ascii", "HELO"],
  [`HELO ${"a".repeat(256)}`, "syntax", "HELO"],
  ["MAIL", "syntax", "MAIL"],
  ["MAIL alice@example.test", "syntax", "MAIL"],
  ["MAIL FROM:alice@example.test", "syntax", "MAIL"],
  ["MAIL FROM:  <alice@example.test>", "syntax", "MAIL"],
  ["MAIL FROM :<alice@example.test>", "syntax", "MAIL"],
  ["MAIL  FROM:<alice@example.test>", "syntax", "MAIL"],
  ["MAIL TO:<alice@example.test>", "syntax", "MAIL"],
  ["MAIL FROM:<postmaster>", "syntax", "MAIL"],
  ["MAIL FROM:<alice@example.test>SIZE=5", "syntax", "MAIL"],
  ["MAIL FROM:<alice@example.test> SIZE=x", "parameter-syntax", "MAIL"],
  ["MAIL FROM:<alice@example.test>  SIZE=5", "parameter-syntax", "MAIL"],
  ["MAIL FROM:<alice@example.test> FOO=5", "parameter-unknown", "MAIL"],
  ["MAIL FROM:<bücher@example.test>", "not-ascii", "MAIL"],
  ["RCPT", "syntax", "RCPT"],
  ["RCPT FROM:<bob@example.test>", "syntax", "RCPT"],
  ["RCPT TO:<>", "syntax", "RCPT"],
  ["RCPT TO:<bob@example.test> <carol@example.test>", "parameter-syntax", "RCPT"],
  ["RCPT TO:<bob@example.test> ORCPT=x", "parameter-syntax", "RCPT"],
  ["RCPT TO:<bob@example.test> SIZE=1", "parameter-unknown", "RCPT"],
  ["RCPT TO:<bücher@example.test>", "not-ascii", "RCPT"],
  ["DATA now", "syntax", "DATA"],
  ["RSET x", "syntax", "RSET"],
  ["QUIT now", "syntax", "QUIT"],
  ["STARTTLS now", "syntax", "STARTTLS"],
  ["NOOP ü", "not-ascii", "NOOP"],
  ["BDAT", "syntax", "BDAT"],
  ["BDAT x", "syntax", "BDAT"],
  ["BDAT -1", "syntax", "BDAT"],
  ["BDAT 1 FIRST", "syntax", "BDAT"],
  ["BDAT 1 LAST LAST", "syntax", "BDAT"],
  ["BDAT 1234567890123456", "syntax", "BDAT"],
  ["VRFY", "syntax", "VRFY"],
  ["EXPN", "syntax", "EXPN"],
  ["AUTH", "syntax", "AUTH"],
  ["AUTH PLAIN a b", "syntax", "AUTH"],
  ["AUTH PLÄIN", "not-ascii", "AUTH"],
  [`AUTH ${"A".repeat(21)}`, "syntax", "AUTH"],
];

function faultOf(command: Command): CommandFault {
  assert.ok(command.verb === "fault", JSON.stringify(command));
  return command;
}

describe("parseCommand", () => {
  for (const [line, command] of GOOD) {
    it(`takes ${JSON.stringify(line.slice(0, 60))}`, () => {
      assert.deepEqual(parse(line), command);
    });
  }

  for (const [line, kind, forVerb] of BAD) {
    it(`calls ${JSON.stringify(line.slice(0, 60))} ${kind}`, () => {
      const fault = faultOf(parse(line));
      assert.deepEqual([fault.fault, fault.forVerb], [kind, forVerb]);
    });
  }

  it("takes a sender beyond ASCII where MAIL says SMTPUTF8, before any transaction", () => {
    const command = parse("MAIL FROM:<bücher@bücher.test> SMTPUTF8");
    assert.ok(command.verb === "MAIL");
    assert.deepEqual(command.path, {
      value: { local: "bücher", domain: "xn--bcher-kva.test" },
      text: "bücher@bücher.test",
    });
  });

  it("takes a recipient beyond ASCII only in a transaction with SMTPUTF8", () => {
    const command = parse("RCPT TO:<bücher@example.test>", true);
    assert.ok(command.verb === "RCPT");
    assert.equal(command.path.text, "bücher@example.test");
    assert.equal(parse("VRFY bücher", true).verb, "VRFY");
  });

  it("refuses what is no UTF-8, with SMTPUTF8 too", () => {
    const line = Buffer.from("RCPT TO:<b\xfccher@example.test>", "latin1");
    assert.equal(faultOf(parseCommand(line, { utf8: true })).fault, "syntax");
  });

  it("keeps the last octet of a character when it cuts blanks off the end", () => {
    // The second octet of à is 0xA0, a blank in Latin-1.
    const command = parse("VRFY à  ", true);
    assert.deepEqual(command, { verb: "VRFY", argument: "à" });
  });

  it("never repeats what may be a secret", () => {
    for (const line of [
      "c2VjcmV0",
      "AUTH PLAIN c2VjcmV0 x",
      "AUTH c2VjcmV0c2VjcmV0c2VjcmV0",
      "QUIT c2VjcmV0",
    ]) {
      assert.doesNotMatch(faultOf(parse(line)).detail, /c2VjcmV0/i);
    }
  });

  it("never throws, and hands out no control character, whatever comes", () => {
    const words = fc.constantFrom(
      "MAIL FROM:",
      "RCPT TO:",
      "<a@b>",
      "<",
      ">",
      '"',
      "@",
      " ",
      "\t",
      "\0",
      "=",
      "ü",
      "SMTPUTF8",
    );
    const line = fc.oneof(
      fc.uint8Array(),
      fc.array(words).map((parts) => Buffer.from(parts.join(""))),
    );
    fc.assert(
      fc.property(line, fc.boolean(), (bytes, utf8) => {
        const command = parseCommand(Buffer.from(bytes), { utf8 });
        if (command.verb === "MAIL" || command.verb === "RCPT") {
          assert.doesNotMatch(command.path.text, /\p{Cc}/u);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
