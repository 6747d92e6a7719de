import assert from "node:assert/strict";
import { test } from "node:test";
import { needsTool } from "../support/tools.ts";
import { sendLargeBodies } from "./large-bodies.ts";

const MESSAGES = 4;
const BYTES = 48 * 1024 * 1024;

test("large messages at the same time need no memory of their size", needsTool("smtp-sink"), async () => {
  const report = await sendLargeBodies({ messages: MESSAGES, bytes: BYTES });
  assert.equal(report.whole, MESSAGES);
  assert.equal(report.relayed, MESSAGES);
  // All of them are 192 MiB. What grows is what waits between sockets and disk, and the young part of V8's heap.
  assert.ok(report.grewByBytes < 144 * 1024 * 1024, JSON.stringify(report));
});
