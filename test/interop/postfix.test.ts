import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { selfSignedCertificate } from "../support/certificate.ts";
import { clients } from "../support/clients.ts";
import { parseReport } from "../support/parse-report.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { type PostfixPeer, startPostfix } from "../support/postfix-peer.ts";
import { offer } from "../support/smtp-dialog.ts";
import { tempDir } from "../support/temp-dir.ts";
import { needsTool } from "../support/tools.ts";

const tools = needsTool("postfix", "openssl", "swaks", "python3");

describe("a real Postfix", tools, () => {
  let postern: PosternServer;
  let nextHop: PostfixPeer;
  let client: PostfixPeer;
  const cleanUp: (() => Promise<void>)[] = [];

  before(async () => {
    const folder = await tempDir();
    cleanUp.push(() => folder.remove());
    const tls = await selfSignedCertificate(folder.path);
    nextHop = await startPostfix({ mailboxDomains: ["far.test"], tls });
    cleanUp.push(() => nextHop.stop());
    postern = await startPostern();
    cleanUp.push(() => postern.stop());
    await postern.configure([
      "route",
      "add",
      "--to",
      "*",
      "--host",
      `127.0.0.1:${nextHop.smtpPort}`,
      "--tls",
      "require",
    ]);
    client = await startPostfix({ relayhost: { host: "127.0.0.1", port: postern.port("mx") } });
    cleanUp.push(() => client.stop());
  });
  after(async () => {
    for (const stop of cleanUp.reverse()) await stop();
  });

  /** Sends as alice from her mail program. */
  async function submit(to: readonly string[], about: string): Promise<void> {
    const sent = await clients.swaks({
      port: postern.port("submission"),
      tls: "starttls",
      auth: { mechanism: "PLAIN", ...ALICE },
      from: ALICE.user,
      to,
      message: `From: ${ALICE.user}\nSubject: ${about}\n\nHello.\n.\nA dot.\n`,
    });
    assert.equal(sent.code, 0, sent.output);
  }

  /** Hands Postfix a message for Postern. */
  async function handPostfix(to: string, about: string): Promise<void> {
    const message = `From: app@other.test\nSubject: ${about}\n\nHello.\n.\nA dot.\n`;
    const sent = await clients.swaks({ port: client.smtpPort, from: "app@other.test", to: [to], message });
    assert.equal(sent.code, 0, sent.output);
  }

  test("as next hop gets what a login sends, over TLS, and Postern's queue is empty then", async () => {
    await submit(["friend@far.test"], "to Postfix");
    const line = await nextHop.waitForLog(/to=<friend@far\.test>.* status=sent/);
    assert.match(line, /delivered to maildir/);
    const [message] = await nextHop.mailbox.waitForMessages(1);
    assert.match(String(message), /^Return-Path: <alice@example\.test>\n/);
    assert.match(String(message), /using TLSv1\.3/);
    assert.match(String(message), /by mx\.example\.test with ESMTPSA /);
    assert.match(String(message), /\nSubject: to Postfix\n(?:.+\n)*\nHello\.\n\.\nA dot\.\n/);
    await postern.waitForEmptyQueue();
  });

  test("as next hop that refuses one of two recipients has the sender told of that one", async () => {
    await submit(["second@far.test", "nobody@elsewhere.test"], "half of it");
    await nextHop.waitForLog(/to=<second@far\.test>.* status=sent/);
    const text = await postern
      .mailbox(ALICE.user)
      .waitForMessage(/^Final-Recipient: rfc822; ?nobody@elsewhere\.test/im);
    const report = await parseReport(Buffer.from(text, "latin1"));
    assert.deepEqual(
      report.status.slice(1).map((fields) => fields["action"]),
      ["failed"],
    );
    assert.equal(report.status[1]?.["status"], "5.4.4");
    assert.match(
      report.status[1]?.["diagnostic-code"] ?? "",
      /^smtp; ?550 5\.4\.4 .*this Postfix has no relayhost/,
    );
  });

  test("as client brings mail for a mailbox here, over TLS", async () => {
    await handPostfix(ALICE.user, "from Postfix");
    const message = await postern.mailbox(ALICE.user).waitForMessage(/^Subject: from Postfix\r$/m);
    assert.ok(message.startsWith(`Return-Path: <app@other.test>\r\nDelivered-To: ${ALICE.user}\r\n`));
    assert.match(message, /by mx\.example\.test with ESMTPS \(TLSv1\.3 /);
    assert.match(message, /\r\n\r\nHello\.\r\n\.\r\nA dot\.\r\n/);
    await client.waitForLog(/to=<alice@example\.test>.* status=sent \(250 2\.0\.0 /);
  });

  test("as client without the right to relay gets its mail back, and once privileged relays both ways", async () => {
    await handPostfix("third@far.test", "refused");
    const refused = await client.waitForLog(/to=<third@far\.test>/);
    assert.match(refused, /status=bounced .* 530 5\.7\.0 /);
    await postern.configure(
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "apps", "--owner", "it@example.test"],
    );
    await handPostfix("fourth@far.test", "through Postern");
    await nextHop.waitForLog(/to=<fourth@far\.test>.* status=sent/);
    assert.ok(
      (await nextHop.mailbox.messages()).some((message) => message.includes("\nSubject: through Postern\n")),
    );
    assert.ok(
      !(await nextHop.mailbox.messages()).some((message) => message.includes("\nSubject: refused\n")),
    );
  });

  test("as next hop that is gone has its mail kept, and gets it once it is back", async () => {
    await nextHop.stop();
    const reply = await offer({ port: postern.port("mx"), from: ALICE.user, to: "fifth@far.test" });
    assert.match(reply, /^250 /);
    const back = await startPostfix({ mailboxDomains: ["far.test"] });
    cleanUp.push(() => back.stop());
    await postern.configure(
      ["route", "remove", "*"],
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${back.smtpPort}`],
      ["queue", "retry", "--all"],
    );
    await back.waitForLog(/to=<fifth@far\.test>.* status=sent/);
    assert.equal((await back.mailbox.messages()).length, 1);
  });
});
