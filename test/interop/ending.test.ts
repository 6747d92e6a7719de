import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { freePort } from "../support/free-port.ts";
import { ALICE, type SetUpPostern, setUpPostern } from "../support/postern-server.ts";
import { openSmtpDialog } from "../support/smtp-dialog.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool } from "../support/tools.ts";

const MESSAGES = 60;

describe("a server that ends", needsTool("smtp-sink"), () => {
  let postern: SetUpPostern;
  before(async () => {
    postern = await setUpPostern();
  });
  after(() => postern?.remove());

  test("at SIGTERM ends with 0, tells open sessions 421, and can be started again", async () => {
    const server = await postern.serve();
    const dialog = await openSmtpDialog({ port: server.port("mx") });
    const last = dialog.lastWords();
    const exit = await server.end("SIGTERM", 15_000);
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.match(await last, /^421 4\.3\.2 /);
    dialog.close();
    assert.match(server.log(), /"event":"stopped"/);
    const again = await postern.serve();
    assert.equal((await again.end()).code, 0);
  });

  test("at SIGTERM ends within its bound though a client sits in the middle of a message", async (t) => {
    const server = await postern.serve();
    // Somebody who never says a word, not even to begin TLS, is no reason to wait either.
    const silent = connect(server.port("submissions"), "127.0.0.1").on("error", () => undefined);
    t.after(() => silent.destroy());
    await once(silent, "connect");
    const dialog = await openSmtpDialog({ port: server.port("mx") });
    t.after(() => dialog.close());
    await dialog.command("MAIL FROM:<a@other.test>");
    await dialog.command(`RCPT TO:<${ALICE.user}>`);
    assert.match(await dialog.command("DATA"), /^354 /);
    const exit = await server.end("SIGTERM", 20_000);
    assert.deepEqual(exit, { code: 0, signal: null });
  });

  test("by kill -9 has lost nothing that it had acknowledged, and delivers each message once", async (t) => {
    const dead = await freePort();
    await postern.configure(
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${dead}`, "--tls", "none"],
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "load", "--owner", "it@example.test"],
    );
    const server = await postern.serve();
    const dialog = await openSmtpDialog({ port: server.port("mx") });
    t.after(() => dialog.close());
    for (let i = 0; i < MESSAGES; i += 1) {
      await dialog.command("MAIL FROM:<a@other.test>");
      await dialog.command(`RCPT TO:<${i % 2 === 0 ? ALICE.user : "friend@far.test"}>`);
      const message = Buffer.from(`Subject: number ${i}\r\n\r\nHello.\r\n`);
      assert.match(await dialog.data(message), /^250 2\.0\.0 /);
    }
    const exit = await server.end("SIGKILL");
    assert.equal(exit.signal, "SIGKILL");

    const sink = await startSmtpSink({ keep: true });
    t.after(() => sink.stop());
    const again = await postern.serve();
    t.after(() => again.end());
    await postern.configure(
      ["route", "remove", "*"],
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"],
      ["queue", "retry", "--all"],
    );
    await sink.waitFor(MESSAGES / 2);
    const local = await postern.mailbox(ALICE.user).waitForMessages(MESSAGES / 2);
    await postern.waitForEmptyQueue();
    const all = [...local, ...(await sink.messages())].map(
      (text) => /^Subject: number (\d+)/m.exec(String(text))?.[1],
    );
    const sent = Array.from({ length: MESSAGES }, (_, i) => String(i));
    assert.deepEqual(
      all.sort((a, b) => Number(a) - Number(b)),
      sent,
    );
  });
});
