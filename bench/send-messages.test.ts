import assert from "node:assert/strict";
import { test } from "node:test";
import { FAR_RECIPIENT } from "./peer.ts";
import { acceptAndDrop } from "./peers/accept-and-drop.ts";
import { replyTimesMs } from "./send-messages.ts";

test("the load program times the reply to each message, whichever way it connects", async (t) => {
  const server = await acceptAndDrop.start({ nextHopPort: 0, sessions: 4 });
  t.after(() => server.stop());
  const plan = { port: server.smtpPort, sessions: 4, sizeBytes: 4096, recipient: FAR_RECIPIENT };
  for (const newConnections of [true, false]) {
    const replyMs = await replyTimesMs({ ...plan, messages: 30, newConnections });
    assert.equal(replyMs.length, 30);
    assert.ok(replyMs.every((ms) => ms > 0));
  }
});

test("the load program fails where the server takes a message otherwise than with 250", async (t) => {
  const server = await acceptAndDrop.start({ nextHopPort: 0, sessions: 4 });
  t.after(() => server.stop());
  const plan = { port: server.smtpPort, sessions: 1, messages: 1, sizeBytes: 1000, newConnections: true };
  await assert.rejects(replyTimesMs({ ...plan, recipient: "nobody@example.test" }), /550/);
});
