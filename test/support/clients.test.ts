import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { selfSignedCertificate } from "./certificate.ts";
import { clients } from "./clients.ts";
import { type PostfixPeer, startPostfix } from "./postfix-peer.ts";
import { tempDir } from "./temp-dir.ts";
import { needsTool } from "./tools.ts";

const tools = needsTool("postfix", "openssl", "swaks", "curl", "msmtp", "s-nail", "python3");

describe("each mail program", tools, () => {
  let starttls: PostfixPeer;
  let implicit: PostfixPeer;
  const cleanUp: (() => Promise<void>)[] = [];

  before(async () => {
    const folder = await tempDir();
    cleanUp.push(() => folder.remove());
    const tls = await selfSignedCertificate(folder.path);
    starttls = await startPostfix({ mailboxDomains: ["b.test"], tls });
    cleanUp.push(() => starttls.stop());
    const settings = { smtpd_tls_wrappermode: "yes" };
    implicit = await startPostfix({ mailboxDomains: ["b.test"], tls, settings });
    cleanUp.push(() => implicit.stop());
  });
  after(async () => {
    for (const stop of cleanUp.reverse()) await stop();
  });

  for (const [name, client] of Object.entries(clients)) {
    const message = `Subject: from ${name}\n\nSent by ${name}.\n`;

    test(`${name} sends in the clear, by STARTTLS and by TLS from the start`, async () => {
      for (const tls of ["none", "starttls", "implicit"] as const) {
        const peer = tls === "implicit" ? implicit : starttls;
        const to = [`${name}-${tls}@b.test`];
        const sent = await client({ port: peer.smtpPort, tls, from: "a@a.test", to, message });
        assert.equal(sent.code, 0, sent.output);
        assert.match(sent.reply ?? "", /^250 2\.0\.0 /, sent.output);
        const line = await peer.waitForLog(new RegExp(`to=<${to[0]}>.* status=sent`));
        assert.ok(line.includes("delivered to maildir"));
      }
      const received = (await starttls.mailbox.messages())
        .map(String)
        .filter((text) => text.includes(`Sent by ${name}.`));
      assert.equal(received.length, 2);
      assert.ok(received.every((text) => text.startsWith("Return-Path: <a@a.test>\n")));
      assert.equal(received.filter((text) => text.includes("using TLSv1.3")).length, 1);
    });

    test(`${name} tells what the server refused`, async () => {
      const sent = await client({ port: starttls.smtpPort, from: "a@a.test", to: ["x@far.test"], message });
      assert.notEqual(sent.code, 0, sent.output);
      assert.match(sent.reply ?? "", /^550 5\.4\.4 .*no relayhost/, sent.output);
    });
  }
});
