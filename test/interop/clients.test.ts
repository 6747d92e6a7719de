import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clients, type Mechanism } from "../support/clients.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { openTcpDuplex } from "../support/tcp-duplex.ts";
import { needsTool } from "../support/tools.ts";
import { parseTranscript, runTranscript } from "../support/transcript.ts";
import { waitUntil } from "../support/wait-until.ts";

const tools = needsTool("swaks", "curl", "msmtp", "s-nail", "python3", "smtp-sink");

/** What each program speaks. */
const MECHANISMS: Readonly<Record<keyof typeof clients, readonly Mechanism[]>> = {
  swaks: ["PLAIN", "LOGIN"],
  curl: ["PLAIN", "LOGIN"],
  msmtp: ["PLAIN", "LOGIN", "SCRAM-SHA-256"],
  "s-nail": ["PLAIN", "LOGIN"],
  python3: ["PLAIN", "LOGIN"],
};
const PRINTERS = `[[listeners]]
name = "printers"
protocol = "smtp"
address = "127.0.0.1"
port = 0
auth = "never"
`;
const NAMES = ["swaks", "curl", "msmtp", "s-nail", "python3"] as const;

describe("a real mail program", tools, () => {
  let postern: PosternServer;
  let sink: SmtpSink;

  before(async () => {
    sink = await startSmtpSink({ keep: true });
    // Beside those of setup: mx takes logins, the submission listeners insist on one, and this one takes none.
    postern = await startPostern({ edit: (toml) => toml.replace("[tls]", `${PRINTERS}\n[tls]`) });
    await postern.configure([
      "route",
      "add",
      "--to",
      "*",
      "--host",
      `127.0.0.1:${sink.port}`,
      "--tls",
      "none",
    ]);
  });
  after(async () => {
    await postern?.stop();
    await sink?.stop();
  });

  for (const name of NAMES) {
    const send = clients[name];
    /** A message that no other test sends. */
    const about = (what: string) => `Subject: ${what}\n\nSent by ${name}: ${what}.\n`;

    test(`${name} delivers to a mailbox here in the clear and by STARTTLS, without a login`, async () => {
      for (const tls of ["none", "starttls"] as const) {
        const sent = await send({
          port: postern.port("mx"),
          tls,
          from: "stranger@other.test",
          to: [ALICE.user],
          message: about(`to a mailbox, TLS ${tls}`),
        });
        assert.equal(sent.code, 0, sent.output);
        assert.match(sent.reply ?? "", /^250 2\.0\.0 /, sent.output);
        const pattern = new RegExp(`^Sent by ${name}: to a mailbox, TLS ${tls}\\.\\r$`, "m");
        const arrived = await postern.mailbox(ALICE.user).waitForMessage(pattern);
        assert.ok(
          arrived.startsWith("Return-Path: <stranger@other.test>\r\nDelivered-To: alice@example.test\r\n"),
        );
        // s-nail says HELO where it needs nothing of EHLO's.
        assert.match(arrived, tls === "none" ? /\bwith E?SMTP\r/ : /\bwith E?SMTPS? \(TLSv1\.3 /);
      }
    });

    for (const mechanism of MECHANISMS[name]) {
      for (const [listener, tls] of [
        ["submission", "starttls"],
        ["submissions", "implicit"],
      ] as const) {
        test(`${name} logs in by ${mechanism} on ${listener} and relays`, async () => {
          const what = `${mechanism} on ${listener}`;
          const sent = await send({
            port: postern.port(listener),
            tls,
            auth: { mechanism, ...ALICE },
            from: ALICE.user,
            to: ["friend@far.test"],
            message: about(what),
          });
          assert.equal(sent.code, 0, sent.output);
          const relayed = await messageAt(sink, `Sent by ${name}: ${what}.`);
          assert.match(relayed, /^X-Mail-Args: <alice@example\.test>/m);
          assert.match(relayed, /^X-Rcpt-Args: <friend@far\.test>/m);
          assert.match(relayed, /\bwith ESMTPSA \(TLSv1\.3 /);
        });
      }

      test(`${name} is told 535 for a wrong password by ${mechanism}, and nothing is sent`, async () => {
        const sent = await send({
          port: postern.port("submission"),
          tls: "starttls",
          auth: { mechanism, user: ALICE.user, password: "looking glass" },
          from: ALICE.user,
          to: ["friend@far.test"],
          message: about("never"),
        });
        assert.notEqual(sent.code, 0, sent.output);
        assert.match(sent.output, /535 5\.7\.8 /, sent.output);
      });
    }

    test(`${name} is refused relay with 530 where a login would help`, async () => {
      const sent = await send({
        port: postern.port("mx"),
        from: ALICE.user,
        to: ["friend@far.test"],
        message: about("never"),
      });
      assert.notEqual(sent.code, 0, sent.output);
      assert.match(sent.reply ?? "", /^530 5\.7\.0 .*\[[0-9A-Z]+\]$/, sent.output);
    });

    test(`${name} is refused relay with 550 where no login would help`, async () => {
      const sent = await send({
        port: postern.port("printers"),
        from: ALICE.user,
        to: ["friend@far.test"],
        message: about("never"),
      });
      assert.notEqual(sent.code, 0, sent.output);
      assert.match(sent.reply ?? "", /^550 5\.7\.1 .*\[[0-9A-Z]+\]$/, sent.output);
    });

    test(`${name} is refused with 530 where a login is required`, async () => {
      const sent = await send({
        port: postern.port("submission"),
        from: ALICE.user,
        to: [ALICE.user],
        message: about("never"),
      });
      assert.notEqual(sent.code, 0, sent.output);
      assert.match(sent.reply ?? "", /^530 5\.7\.0 /, sent.output);
    });

    test(`${name} is refused with 550 when it logs in and sends as somebody else`, async () => {
      const sent = await send({
        port: postern.port("submissions"),
        tls: "implicit",
        auth: { mechanism: "PLAIN", ...ALICE },
        from: "boss@example.test",
        to: ["friend@far.test"],
        message: about("never"),
      });
      assert.notEqual(sent.code, 0, sent.output);
      assert.match(sent.reply ?? "", /^550 5\.7\.1 /, sent.output);
    });
  }

  test("a program that sends its password in the clear all the same is told 538", async () => {
    for (const listener of ["mx", "submission"]) {
      for (const mechanism of ["PLAIN", "LOGIN"] as const) {
        // smtplib does as it is told, whatever EHLO offers.
        const sent = await clients.python3({
          port: postern.port(listener),
          auth: { mechanism, ...ALICE },
          from: ALICE.user,
          to: ["friend@far.test"],
          message: "Subject: never\n\nnever\n",
        });
        assert.notEqual(sent.code, 0, sent.output);
        assert.match(sent.reply ?? "", /^538 5\.7\.11 /, sent.output);
      }
    }
  });

  test("NTLM is told 504, and another mechanism may follow in the same session", async (t) => {
    const plain = Buffer.from(`\0${ALICE.user}\0${ALICE.password}`).toString("base64");
    const dialog = `
S: 220 *
C: EHLO pc.test
S: ...
S: 250 STARTTLS
C: STARTTLS
S: 220 *
!tls
C: EHLO pc.test
S: ...
S: 250 AUTH *
C: AUTH NTLM TlRMTVNTUAABAAAAt4II4gAAAAAAAAAAAAAAAAAAAAAFAs4OAAAADw==
S: 504 5.5.4 *
C: AUTH PLAIN ${plain}
S: 235 2.7.0 *
C: QUIT
S: 221 *
!closed`;
    const duplex = await openTcpDuplex({ port: postern.port("submission") });
    t.after(() => duplex.close());
    await runTranscript(parseTranscript(dialog), duplex, "NTLM");
  });

  test("nothing that was refused has gone out", async () => {
    await postern.waitForEmptyQueue();
    const logins = NAMES.flatMap((name) => MECHANISMS[name]).length;
    assert.equal(await sink.received(), logins * 2);
  });
});

/** Waits for the message with that line. */
function messageAt(sink: SmtpSink, line: string): Promise<string> {
  const find = async () => (await sink.messages()).map(String).find((text) => text.includes(`\n${line}\n`));
  return waitUntil(() => `"${line}" has not come to smtp-sink`, find);
}
