import assert from "node:assert/strict";
import { readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { clients } from "../support/clients.ts";
import { DOVECOT_PASSWORD, type Dovecot, startDovecot } from "../support/dovecot.ts";
import { popClients } from "../support/pop-clients.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool } from "../support/tools.ts";
import { waitUntil } from "../support/wait-until.ts";

/** POSTERN_TEST_POP_PERIOD=1m waits for a whole minute. */
const PERIOD = process.env["POSTERN_TEST_POP_PERIOD"] ?? "5s";
const PERIOD_IS_OVER_MS = 120_000;

const POST_LOGIN_SCRIPT = new URL("../../docs/examples/dovecot-post-login.sh", import.meta.url);

const TOOLS = needsTool("mpop", "swaks", "smtp-sink");

describe("POP before SMTP on a listener that offers no AUTH", TOOLS, () => {
  let postern: PosternServer;
  let sink: SmtpSink;
  before(async () => {
    sink = await startSmtpSink();
    postern = await startPostern({ edit: (toml) => toml.replace('auth = "optional"', 'auth = "never"') });
    await postern.configure(
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"],
      [
        "relay",
        "set",
        "authenticated.enabled=false",
        "popBeforeSmtp.enabled=true",
        `popBeforeSmtp.period=${PERIOD}`,
      ],
    );
  });
  after(async () => {
    await postern?.stop();
    await sink?.stop();
  });

  const connections = () => join(postern.dataFolder, "Config", "Connections");
  const send = async (from: string = ALICE.user) => {
    const message = "Subject: out\n\nhello\n";
    const sent = await clients.swaks({ port: postern.port("mx"), from, to: ["friend@far.test"], message });
    return sent.reply ?? sent.output;
  };
  const refusedAgain = () =>
    waitUntil(
      () => "the period does not end",
      async () => ((await send()).startsWith("550 5.7.1") ? true : undefined),
      PERIOD_IS_OVER_MS,
    );

  test("the sequence of the manual: refused, mail fetched, accepted, the period over, refused", async () => {
    assert.match(await send(), /^550 5\.7\.1/);
    const fetched = await popClients.mpop({ ...ALICE, port: postern.port("pop3"), tls: "stls" });
    assert.equal(fetched.code, 0, fetched.output);
    assert.match(await send(), /^250 2\.0\.0/);
    assert.match(await send("stranger@example.test"), /^550 5\.7\.1/);
    assert.deepEqual(await readdir(connections()), ["127.0.0.1.pbs"]);
    assert.equal(await readFile(join(connections(), "127.0.0.1.pbs"), "utf8"), `${ALICE.user}\n`);
    await refusedAgain();
  });

  test("a new password ends what the old one has granted", async () => {
    await postern.configure(["relay", "set", "popBeforeSmtp.period=1h"]);
    await popClients.mpop({ ...ALICE, port: postern.port("pop3s"), tls: "implicit" });
    assert.match(await send(), /^250 2\.0\.0/);
    const args = ["mailbox", "set-password", ALICE.user, "--password-stdin"];
    assert.equal((await postern.cli(args, { input: ALICE.password })).code, 0);
    assert.match(await send(), /^550 5\.7\.1/);
  });

  test("a suspended mailbox fetches its mail and cannot send", async () => {
    await popClients.mpop({ ...ALICE, port: postern.port("pop3s"), tls: "implicit" });
    await postern.configure(["mailbox", "suspend", ALICE.user]);
    assert.match(await send(), /^550 5\.7\.1/);
    const fetched = await popClients.mpop({ ...ALICE, port: postern.port("pop3s"), tls: "implicit" });
    assert.equal(fetched.code, 0, fetched.output);
    assert.match(await send(), /^550 5\.7\.1/);
    await postern.configure(["mailbox", "resume", ALICE.user]);
  });

  describe("with a Dovecot beside it that feeds the folder", needsTool("dovecot"), () => {
    let dovecot: Dovecot;
    before(async () => {
      const script = await readFile(POST_LOGIN_SCRIPT, "utf8");
      dovecot = await startDovecot({
        postLogin: script.replace(/^folder=.*$/m, `folder='${connections()}'`),
      });
    });
    after(() => dovecot?.stop());

    const logIn = async (password: string) => {
      const visit = { user: ALICE.user, password, port: dovecot.tlsPort, tls: "implicit" } as const;
      return (await popClients.mpop(visit)).code;
    };

    test("a login there lets the client send here, and one that fails does not", async () => {
      assert.match(await send(), /^550 5\.7\.1/);
      assert.notEqual(await logIn("wrong"), 0);
      assert.match(await send(), /^550 5\.7\.1/);
      assert.equal(await logIn(DOVECOT_PASSWORD), 0);
      assert.match(await send(), /^250 2\.0\.0/);
      assert.match(await send("stranger@example.test"), /^550 5\.7\.1/);
      assert.equal(await readFile(join(connections(), "127.0.0.1.pbs"), "utf8"), `${ALICE.user}\n`);
    });

    test("the age of the file is the age of the login", async () => {
      assert.equal(await logIn(DOVECOT_PASSWORD), 0);
      const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
      await utimes(join(connections(), "127.0.0.1.pbs"), twoHoursAgo, twoHoursAgo);
      assert.match(await send(), /^550 5\.7\.1/);
    });
  });
});
