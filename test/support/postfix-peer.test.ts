import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { clients } from "./clients.ts";
import { startPostfix } from "./postfix-peer.ts";
import { startSmtpSink } from "./smtp-sink.ts";
import { needsTool } from "./tools.ts";

const tools = needsTool("postfix", "smtp-sink", "swaks");

test("a Postfix of its own takes mail into its mailbox and ends when told to", tools, async (t) => {
  const postfix = await startPostfix({ mailboxDomains: ["b.test"] });
  t.after(() => postfix.stop());
  const sent = await clients.swaks({
    port: postfix.smtpPort,
    from: "a@a.test",
    to: ["u@b.test"],
    message: "Subject: hi\n\nyes\n",
  });
  assert.equal(sent.code, 0, sent.output);
  const [message] = await postfix.mailbox.waitForMessages(1);
  assert.match(String(message), /^Subject: hi\n(?:.+\n)*\nyes\n/m);
  await postfix.stop();
  await assert.rejects(once(connect(postfix.smtpPort, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
});

test("a Postfix of its own passes mail on to its relayhost", tools, async (t) => {
  const sink = await startSmtpSink({ keep: true });
  t.after(() => sink.stop());
  const postfix = await startPostfix({ relayhost: { host: "127.0.0.1", port: sink.port } });
  t.after(() => postfix.stop());
  const sent = await clients.swaks({
    port: postfix.smtpPort,
    from: "a@a.test",
    to: ["u@far.test"],
    message: "Subject: hi\n\nyes\n",
  });
  assert.equal(sent.code, 0, sent.output);
  await sink.waitFor(1);
  await postfix.waitForLog(/to=<u@far\.test>.* status=sent/);
  assert.match(String((await sink.messages())[0]), /^X-Rcpt-Args: <u@far\.test>/m);
});

test("without a relayhost mail for elsewhere is refused", tools, async (t) => {
  const postfix = await startPostfix();
  t.after(() => postfix.stop());
  const sent = await clients.swaks({
    port: postfix.smtpPort,
    from: "",
    to: ["u@far.test"],
    message: "Subject: hi\n\nno\n",
  });
  assert.equal(
    sent.reply,
    "550 5.4.4 <u@far.test>: Recipient address rejected: this Postfix has no relayhost",
  );
});
