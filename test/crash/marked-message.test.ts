import assert from "node:assert/strict";
import { test } from "node:test";
import { messageMaker, readMark } from "./marked-message.ts";
import { seededRandom } from "./random.ts";

const TRACE = Buffer.from("Received: from a\r\n\tby b with ESMTP id AMP2XXAM00;\r\n\tnow\r\n");

test("a message of any size has whole lines, and its mark says that it is whole until a byte changes", () => {
  const random = seededRandom(1);
  const make = messageMaker(random);
  for (let id = 0; id < 300; id += 1) {
    const sent = make(String(id), random.between(0, 3000));
    assert.doesNotMatch(sent.toString("latin1"), /\r(?!\n)|(?<!\r)\n/);
    const got = Buffer.concat([TRACE, sent]);
    assert.deepEqual(readMark(got), { id: String(id), serverId: "AMP2XXAM00", isReport: false, whole: true });
    got[got.length - 1] = 0;
    assert.equal(readMark(got)?.whole, false);
    assert.equal(readMark(got.subarray(0, -1))?.whole, false);
  }
});

test("what nobody marked has no mark", () => {
  assert.equal(readMark(Buffer.from("Subject: x\r\n\r\nhello\r\n")), undefined);
});
