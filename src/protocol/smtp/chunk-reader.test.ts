import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BdatEvent, chunkReader } from "./chunk-reader.ts";

type End = Extract<BdatEvent, { kind: "bdat-end" }>;

/** Sends the texts as the BDAT chunks of one message; the end of each. */
function sendMessage(texts: readonly string[], reader = chunkReader()): End[] {
  return texts.map((text, i) => {
    reader.start({ bdat: text.length, first: i === 0, last: i === texts.length - 1 });
    const cursor = { chunk: Buffer.from(text, "latin1"), at: 0 };
    let body = "";
    for (;;) {
      const event = reader.read(cursor);
      assert.ok(event);
      if (event.kind === "bdat-end") {
        assert.equal(body, text);
        return event;
      }
      body += event.chunk.toString("latin1");
    }
  });
}

const lastOf = (texts: readonly string[]) => sendMessage(texts).at(-1);

describe("chunkReader", () => {
  it("hands out just so many octets, dots and all, and leaves the rest", () => {
    const reader = chunkReader();
    const cursor = { chunk: Buffer.from("..\r\n.\r\nQUIT\r\n"), at: 0 };
    reader.start({ bdat: 7, first: true, last: true });
    const event = reader.read(cursor);
    assert.ok(event?.kind === "data");
    assert.equal(event.chunk.toString(), "..\r\n.\r\n");
    assert.equal(event.chunk.buffer, cursor.chunk.buffer);
    assert.deepEqual(reader.read(cursor), { kind: "bdat-end", bareNewline: false, eightBit: false });
    assert.equal(cursor.chunk.toString("latin1", cursor.at), "QUIT\r\n");
  });

  it("waits until all octets have come", () => {
    const reader = chunkReader();
    reader.start({ bdat: 4, first: true, last: true });
    assert.equal(reader.read({ chunk: Buffer.from("abc"), at: 0 })?.kind, "data");
    assert.equal(reader.read({ chunk: Buffer.alloc(0), at: 0 }), undefined);
    assert.equal(reader.read({ chunk: Buffer.from("def"), at: 0 })?.kind, "data");
    assert.equal(reader.read({ chunk: Buffer.alloc(0), at: 0 })?.kind, "bdat-end");
  });

  it("ends an empty chunk at once", () => {
    assert.deepEqual(
      sendMessage(["a\r\n", ""]).map((end) => end.bareNewline),
      [false, false],
    );
  });

  const CLEAN = [["a\r\nb\r\n"], ["a\r", "\nb"], ["a\r", "", "\n"], ["no line end"], [""], ["\0\t\x07"]];
  for (const texts of CLEAN) {
    it(`finds nothing bare in ${JSON.stringify(texts)}`, () => {
      assert.equal(lastOf(texts)?.bareNewline, false);
    });
  }

  const BARE = [
    ["a\nb"],
    ["a\rb"],
    ["\n"],
    ["a\r\r\n"],
    ["a\r", "b"],
    ["a", "\nb"],
    ["a\r"],
    ["a\r", ""],
    ["a\n", "b\r\n"],
  ];
  for (const texts of BARE) {
    it(`finds the bare newline in ${JSON.stringify(texts)}`, () => {
      assert.equal(lastOf(texts)?.bareNewline, true);
    });
  }

  it("does not call a CR bare as long as its LF may come in the next chunk", () => {
    assert.deepEqual(
      sendMessage(["a\r", "\nb"]).map((end) => end.bareNewline),
      [false, false],
    );
  });

  it("says whether the message went beyond ASCII, in any of its chunks", () => {
    assert.equal(lastOf(["caf\xe9", "abc"])?.eightBit, true);
    assert.equal(lastOf(["\r\xe9"])?.eightBit, true);
    assert.equal(lastOf(["abc"])?.eightBit, false);
  });

  it("forgets the last message at the first chunk of the next", () => {
    const reader = chunkReader();
    sendMessage(["\xe9\n\r"], reader);
    assert.deepEqual(sendMessage(["abc\r\n"], reader), [
      { kind: "bdat-end", bareNewline: false, eightBit: false },
    ]);
  });
});
