import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dataReader } from "./data-reader.ts";

interface Read {
  readonly body: string;
  readonly end: "open" | "clean" | "bare-newline";
  /** What stood behind the end, unread. */
  readonly rest: string;
  readonly eightBit: boolean;
}

function read(...chunks: readonly string[]): Read {
  const reader = dataReader();
  const pieces: Buffer[] = [];
  for (const [i, text] of chunks.entries()) {
    const cursor = { chunk: Buffer.from(text, "latin1"), at: 0 };
    for (let event = reader.read(cursor); event; event = reader.read(cursor)) {
      if (event.kind === "data") {
        assert.ok(event.chunk.length > 0);
        pieces.push(event.chunk);
        continue;
      }
      const rest = cursor.chunk.toString("latin1", cursor.at) + chunks.slice(i + 1).join("");
      const end = event.bareNewline ? "bare-newline" : "clean";
      return { body: Buffer.concat(pieces).toString("latin1"), end, rest, eightBit: event.eightBit };
    }
    assert.equal(cursor.at, cursor.chunk.length);
  }
  return { body: Buffer.concat(pieces).toString("latin1"), end: "open", rest: "", eightBit: false };
}

/** Reads the text whole, cut in two at every place, and byte by byte; all must agree. */
function readEveryWay(text: string): Read {
  const whole = read(text);
  for (let cut = 1; cut < text.length; cut += 1) {
    assert.deepEqual(read(text.slice(0, cut), text.slice(cut)), whole, `cut at ${cut}`);
  }
  assert.deepEqual(read(...text.split("")), whole, "byte by byte");
  return whole;
}

describe("dataReader", () => {
  const CLEAN: readonly (readonly [name: string, text: string, body: string])[] = [
    ["ends at CRLF.CRLF and keeps the CRLF before it", "hello\r\n.\r\n", "hello\r\n"],
    ["takes an empty body", ".\r\n", ""],
    ["takes a body of one empty line", "\r\n.\r\n", "\r\n"],
    ["removes one dot at the start of a line", "..\r\n...a\r\n.b\r\n.\r\n", ".\r\n..a\r\nb\r\n"],
    ["leaves dots elsewhere", "a.\r\nb.c\r\n.\r\n", "a.\r\nb.c\r\n"],
    ["passes NUL, tabs and other control characters", "\0\t\x07\x1b\r\n.\r\n", "\0\t\x07\x1b\r\n"],
    ["passes a line of any length", `${"x".repeat(5000)}\r\n.\r\n`, `${"x".repeat(5000)}\r\n`],
    ["removes dots in line after line", `${"..\r\n".repeat(20)}.\r\n`, ".\r\n".repeat(20)],
  ];
  for (const [name, text, body] of CLEAN) {
    it(name, () => {
      assert.deepEqual(readEveryWay(text), { body, end: "clean", rest: "", eightBit: false });
    });
  }

  // What some server, somewhere, took for the end of data: the ways of SMTP smuggling.
  const SMUGGLED = [
    "\n.\n",
    "\n.\r\n",
    "\r.\r",
    "\r.\r\n",
    "\r\n.\n",
    "\r\n.\r",
    "\n.\r",
    "\r.\n",
    "\r\n.\r\r\n",
    "\r\n\r.\r\n",
    "\r\n.\n\r\n",
    "\r\n.\0\r\n\n",
    "\n\r\n\r.\r\n",
  ];
  for (const ending of SMUGGLED) {
    it(`does not end at ${JSON.stringify(ending)}, and reports it`, () => {
      const evil = "MAIL FROM:<evil@example.test>\r\n";
      const seen = readEveryWay(`a${ending}${evil}.\r\nQUIT\r\n`);
      assert.equal(seen.end, "bare-newline");
      assert.equal(seen.rest, "QUIT\r\n");
      assert.ok(seen.body.endsWith(evil));
    });
  }

  const BARE = [
    "a\nb\r\n",
    "a\rb\r\n",
    "\n\r\n",
    "\r\r\n",
    "a\n\r\n",
    "a\r\n\n\r\n",
    "\r\n\r\r\n",
    ".\rb\r\n",
    ".\r\r\n",
    ".\n\r\n",
  ];
  for (const body of BARE) {
    it(`reports the bare newline in ${JSON.stringify(body)}`, () => {
      const stuffed = body.startsWith(".") ? body.slice(1) : body;
      assert.deepEqual(readEveryWay(`${body}.\r\n`), {
        body: stuffed,
        end: "bare-newline",
        rest: "",
        eightBit: false,
      });
    });
  }

  it("leaves what is pipelined behind the end", () => {
    assert.deepEqual(readEveryWay("a\r\n.\r\nMAIL FROM:<>\r\n.\r\n"), {
      body: "a\r\n",
      end: "clean",
      rest: "MAIL FROM:<>\r\n.\r\n",
      eightBit: false,
    });
  });

  it("says whether the body went beyond ASCII, not what stands behind it", () => {
    for (const body of ["\xe9\r\n", "a\xe9a\r\n", "aaaaaaa\xe9\r\n", "\r\n\xe9\r\n", ".\xe9\r\n"]) {
      assert.ok(readEveryWay(`${body}.\r\n`).eightBit, JSON.stringify(body));
    }
    for (let before = 0; before < 8; before += 1) {
      assert.ok(!readEveryWay(`${"a".repeat(before)}\r\n.\r\n\xe9\xe9\xe9\xe9`).eightBit);
    }
  });

  it("starts afresh after an end, and where it is told to", () => {
    const reader = dataReader();
    const readAll = (text: string) => {
      const cursor = { chunk: Buffer.from(text, "latin1"), at: 0 };
      let body = "";
      let event = reader.read(cursor);
      for (; event?.kind === "data"; event = reader.read(cursor)) body += event.chunk.toString("latin1");
      return { body, end: event };
    };
    const clean = { kind: "data-end", bareNewline: false, eightBit: false };
    const dirty = { kind: "data-end", bareNewline: true, eightBit: true };
    assert.deepEqual(readAll("a\n\xe9\r\n.\r\n"), { body: "a\n\xe9\r\n", end: dirty });
    assert.deepEqual(readAll("a\r\n.\r\n"), { body: "a\r\n", end: clean });
    assert.deepEqual(readAll("a\n\xe9\r\n.\r"), { body: "a\n\xe9\r\n", end: undefined });
    reader.start();
    assert.deepEqual(readAll("a\r\n.\r\n"), { body: "a\r\n", end: clean });
  });

  it("copies nothing of a body without stuffed dots", () => {
    const chunk = Buffer.from("Subject: x\r\n\r\nhello\r\n.\r\n");
    const event = dataReader().read({ chunk, at: 0 });
    assert.ok(event?.kind === "data");
    assert.equal(event.chunk.buffer, chunk.buffer);
    assert.equal(event.chunk.byteOffset, chunk.byteOffset);
  });
});
