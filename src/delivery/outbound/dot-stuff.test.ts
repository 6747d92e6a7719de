import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dotStuffer, dotStuffWhole } from "./dot-stuff.ts";

test("dots at the start of a line are doubled and the body is ended on a line of its own", () => {
  const table: [body: string, wire: string][] = [
    ["", ".\r\n"],
    ["text\r\n", "text\r\n.\r\n"],
    ["text", "text\r\n.\r\n"],
    ["text\r", "text\r\r\n.\r\n"],
    [".", "..\r\n.\r\n"],
    [".\r\n", "..\r\n.\r\n"],
    ["a\r\n.\r\n", "a\r\n..\r\n.\r\n"],
    ["a\r\n.b\r\n..c\r\nd.\r\n", "a\r\n..b\r\n...c\r\nd.\r\n.\r\n"],
    ["a\n.b\r\n", "a\n.b\r\n.\r\n"],
    ["\r\n.\r\n.\r\n", "\r\n..\r\n..\r\n.\r\n"],
  ];
  for (const [body, wire] of table) assert.equal(dotStuffWhole(Buffer.from(body)).toString(), wire, body);
});

/** Bodies of the bytes that matter. */
const body = fc
  .array(fc.constantFrom("\r", "\n", "\r\n", ".", "a", "\xff"), { maxLength: 40 })
  .map((pieces) => Buffer.from(pieces.join(""), "latin1"));

test("a body cut anywhere comes out like the whole", () => {
  fc.assert(
    fc.property(body, fc.array(fc.nat(40), { maxLength: 8 }), (bytes, cuts) => {
      const stuffer = dotStuffer();
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = at.slice(1).map((end, i) => Buffer.from(stuffer.next(bytes.subarray(at[i], end))));
      assert.deepEqual(Buffer.concat([...pieces, stuffer.end()]), dotStuffWhole(bytes));
    }),
  );
});

test("what the peer unstuffs is the body, and its end is nowhere before the end", () => {
  fc.assert(
    fc.property(body, (bytes) => {
      const wire = dotStuffWhole(bytes).toString("latin1");
      assert.ok(`\r\n${wire}`.indexOf("\r\n.\r\n") === wire.length - 3);
      const sent = wire.slice(0, -3).replace(/(^|\r\n)\./g, "$1");
      const owed = bytes.length === 0 || bytes.toString("latin1").endsWith("\r\n") ? "" : "\r\n";
      assert.equal(sent, bytes.toString("latin1") + owed);
    }),
  );
});
