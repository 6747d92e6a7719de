import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { plainReply, type Reply, reply } from "../../core/reply.ts";
import { encodeReply, type ReceivedReply, replyReader } from "./reply-codec.ts";

// fast-check's own unit for any character takes most of a second to set up.
const character = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));

describe("encodeReply", () => {
  const CASES: readonly (readonly [name: string, value: Reply, text: string])[] = [
    ["one line", reply(250, "2.1.0", "Sender taken"), "250 2.1.0 Sender taken\r\n"],
    ["no status", plainReply(354, "Go on"), "354 Go on\r\n"],
    ["many lines", plainReply(250, "mx.test", "SIZE 10", "DSN"), "250-mx.test\r\n250-SIZE 10\r\n250 DSN\r\n"],
    [
      "the status on each line",
      { code: 214, status: "2.0.0", lines: ["a", "b"] },
      "214-2.0.0 a\r\n214 2.0.0 b\r\n",
    ],
    ["an empty challenge", plainReply(334, ""), "334 \r\n"],
    ["no line at all", plainReply(250), "250 \r\n"],
    [
      "line ends and control characters",
      reply(550, "5.1.1", "a\r\n250 b\0\t\x7f"),
      "550 5.1.1 a??250 b???\r\n",
    ],
    ["what is beyond ASCII", reply(550, "5.1.1", "b\u00fccher \u010a \u{1f4ee}"), "550 5.1.1 b?cher ? ?\r\n"],
  ];
  for (const [name, value, text] of CASES) {
    it(`writes ${name}`, () => {
      assert.equal(encodeReply(value), text);
    });
  }

  it("takes a text that just fills a line, and breaks a longer one at a blank", () => {
    const room = 512 - "250 2.0.0 \r\n".length;
    const full = "x".repeat(room);
    assert.equal(encodeReply(reply(250, "2.0.0", full)), `250 2.0.0 ${full}\r\n`);
    assert.equal(encodeReply(reply(250, "2.0.0", `${full}y`)), `250-2.0.0 ${full}\r\n250 2.0.0 y\r\n`);
    const word = "x".repeat(room - 4);
    assert.equal(encodeReply(reply(250, "2.0.0", `${word} then`)), `250-2.0.0 ${word}\r\n250 2.0.0 then\r\n`);
    assert.equal(
      encodeReply(reply(250, "2.0.0", `${word} now more`)),
      `250-2.0.0 ${word} now\r\n250 2.0.0 more\r\n`,
    );
  });

  it("never breaks a challenge", () => {
    const challenge = "x".repeat(2000);
    assert.equal(encodeReply(plainReply(334, challenge)), `334 ${challenge}\r\n`);
  });

  it("writes only whole lines of printable ASCII of at most 512 octets, whatever the texts hold", () => {
    const text = fc.oneof(
      fc.string({ unit: character }),
      fc.string({ unit: fc.constantFrom("a", " ", "\r", "\n"), maxLength: 2000, size: "max" }),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), fc.boolean(), (lines, withStatus) => {
        const encoded = encodeReply({ code: 550, ...(withStatus ? { status: "5.7.1" } : {}), lines });
        assert.match(encoded, /^(?:550-[ -~]*\r\n)*550 [ -~]*\r\n$/);
        for (const line of encoded.split("\r\n")) assert.ok(line.length + 2 <= 512);
      }),
    );
  });
});

/** All replies in the chunks. */
function read(...chunks: readonly string[]): (ReceivedReply | "malformed")[] {
  const reader = replyReader();
  const seen: (ReceivedReply | "malformed")[] = [];
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk, "latin1"));
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      seen.push(next);
      if (next === "malformed") return seen;
    }
  }
  return seen;
}

describe("replyReader", () => {
  const GOOD: readonly (readonly [text: string, replies: readonly ReceivedReply[]])[] = [
    ["250 ok\r\n", [{ code: 250, lines: ["ok"] }]],
    ["250\r\n", [{ code: 250, lines: [""] }]],
    ["250 \r\n", [{ code: 250, lines: [""] }]],
    ["250 ok\n", [{ code: 250, lines: ["ok"] }]],
    ["250-a\r\n250-\r\n250 c\r\n", [{ code: 250, lines: ["a", "", "c"] }]],
    ["250-a\r\n250\r\n", [{ code: 250, lines: ["a", ""] }]],
    ["250 2.1.5 ok\r\n", [{ code: 250, status: "2.1.5", lines: ["ok"] }]],
    ["550-5.1.1 no\r\n550 5.1.1 such user\r\n", [{ code: 550, status: "5.1.1", lines: ["no", "such user"] }]],
    ["550-5.1.1 no\r\n550 5.7.1 and no\r\n", [{ code: 550, status: "5.1.1", lines: ["no", "5.7.1 and no"] }]],
    ["250 2.0.0\r\n", [{ code: 250, status: "2.0.0", lines: [""] }]],
    ["550 4.1.1 odd\r\n", [{ code: 550, lines: ["4.1.1 odd"] }]],
    ["250 2.1.5000 ok\r\n", [{ code: 250, lines: ["2.1.5000 ok"] }]],
    [
      "354 go\r\n250 2.0.0 taken\r\n",
      [
        { code: 354, lines: ["go"] },
        { code: 250, status: "2.0.0", lines: ["taken"] },
      ],
    ],
    ["220 a\x1b[2J\0b\r\r\n", [{ code: 220, lines: ["a?[2J?b?"] }]],
    ["220 b\xc3\xbccher \xff\r\n", [{ code: 220, lines: ["b\u00fccher \ufffd"] }]],
    ["220 a\xe2\x80\xa8b\xc2\x85c\r\n", [{ code: 220, lines: ["a?b?c"] }]],
    [`250 ${"x".repeat(1995)}\r\n`, [{ code: 250, lines: ["x".repeat(1995)] }]],
  ];
  for (const [text, replies] of GOOD) {
    it(`reads ${JSON.stringify(text.slice(0, 60))}, in one chunk and byte by byte`, () => {
      assert.deepEqual(read(text), replies);
      assert.deepEqual(read(...text.split("")), replies);
    });
  }

  const MALFORMED = [
    ["no code", "hello\r\n"],
    ["an empty line", "\r\n"],
    ["a code of two digits", "25 ok\r\n"],
    ["a code of four digits", "2500 ok\r\n"],
    ["a code that SMTP has not", "150 ok\r\n"],
    ["another protocol", "HTTP/1.1 400 Bad Request\r\n"],
    ["no blank behind the code", "250ok\r\n"],
    ["another code in a line that goes on", "250-a\r\n550 b\r\n"],
    ["a line that is too long", `250 ${"x".repeat(1997)}\r\n`],
    ["a line that is too long and has not ended", `250 ${"x".repeat(1997)}`],
    ["too many lines", `${"250-x\r\n".repeat(100)}250 x\r\n`],
  ] as const;
  for (const [name, text] of MALFORMED) {
    it(`calls ${name} malformed, in one chunk and byte by byte`, () => {
      assert.deepEqual(read(text), ["malformed"]);
      assert.deepEqual(read(...text.split("")), ["malformed"]);
    });
  }

  it("takes 100 lines", () => {
    assert.deepEqual(read(`${"250-x\r\n".repeat(99)}250 x\r\n`), [
      { code: 250, lines: Array(100).fill("x") },
    ]);
  });

  it("stays malformed and keeps nothing more", () => {
    const reader = replyReader();
    reader.push(Buffer.from("nonsense\r\n250 ok\r\n"));
    assert.equal(reader.next(), "malformed");
    reader.push(Buffer.from("250 ok\r\n"));
    assert.equal(reader.next(), "malformed");
    assert.equal(reader.clear(), 0);
  });

  it("says how much was sent behind a reply, and drops it", () => {
    const reader = replyReader();
    reader.push(Buffer.from("220 go ahead\r\n250-evil\r\n25"));
    assert.deepEqual(reader.next(), { code: 220, lines: ["go ahead"] });
    assert.equal(reader.clear(), "250-evil\r\n25".length);
    reader.push(Buffer.from("250 true\r\n"));
    assert.deepEqual(reader.next(), { code: 250, lines: ["true"] });
  });

  it("counts lines of a reply that has begun among what it drops", () => {
    const reader = replyReader();
    reader.push(Buffer.from("250-evil\r\n"));
    assert.equal(reader.next(), undefined);
    assert.equal(reader.clear(), "250-evil\r\n".length);
    reader.push(Buffer.from("220 true\r\n"));
    assert.deepEqual(reader.next(), { code: 220, lines: ["true"] });
  });

  it("reads what encodeReply wrote, cut anywhere", () => {
    const texts = fc.array(fc.string({ unit: "grapheme-ascii" }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(texts, fc.nat(200), (lines, cut) => {
        const text = encodeReply({ code: 451, status: "4.3.0", lines });
        const expected = [{ code: 451, status: "4.3.0", lines }];
        assert.deepEqual(read(text.slice(0, cut), text.slice(cut)), expected);
      }),
    );
  });
});
