import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clients } from "../support/clients.ts";
import { type Haproxy, startHaproxy } from "../support/haproxy.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { type Offer, offer, openSmtpDialog } from "../support/smtp-dialog.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool } from "../support/tools.ts";

/** Where the load balancer's connections come from, and the client that is privileged. */
const BALANCER = "127.0.0.77";
const PRIVILEGED = "127.0.0.9";
const STRANGER = "127.0.0.10";

const ACCEPTED = /^250 2\.0\.0 /;
const REFUSED = /^530 5\.7\.0 /;
const MESSAGE = { from: "app@other.test", to: "friend@far.test" } as const;

describe("behind haproxy", needsTool("haproxy", "smtp-sink", "python3"), () => {
  let postern: PosternServer;
  let haproxy: Haproxy;
  let sink: SmtpSink;

  before(async () => {
    sink = await startSmtpSink();
    const trusted = `trustedProxies = ["${BALANCER}"]`;
    postern = await startPostern({ edit: (toml) => toml.replace(/^# trustedProxies = .*$/gm, trusted) });
    const privileged = (address: string) => {
      return ["privileged", "add", address, "--label", address, "--owner", "it@example.test"];
    };
    await postern.configure(
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"],
      ["relay", "set", "privileged.enabled=true"],
      privileged(PRIVILEGED),
      // Somebody's mistake, which must not open the server to everybody behind the balancer.
      privileged(BALANCER),
    );
    haproxy = await startHaproxy(
      [
        { name: "v1", port: postern.port("mx"), header: "send-proxy" },
        { name: "v2", port: postern.port("mx"), header: "send-proxy-v2" },
        { name: "tls", port: postern.port("submissions"), header: "send-proxy-v2" },
      ],
      BALANCER,
    );
  });
  after(async () => {
    await haproxy?.stop();
    await postern?.stop();
    await sink?.stop();
  });

  const through = (way: string, localAddress: string) =>
    offer({ port: haproxy.port(way), localAddress, ...MESSAGE });
  const direct = (more: Partial<Offer>) => offer({ port: postern.port("mx"), ...MESSAGE, ...more });

  for (const way of ["v1", "v2"]) {
    test(`the client is the one that the header of ${way} names, for the decision and for the journal`, async () => {
      assert.match(await through(way, PRIVILEGED), ACCEPTED);
      assert.match(await through(way, STRANGER), REFUSED);
      const journal = await postern.json<{ client: string; reason: string }[]>(
        "journal",
        "search",
        "--limit",
        "2",
      );
      assert.deepEqual(
        journal.map(({ client, reason }) => `${client} ${reason}`).sort(),
        [`${STRANGER} denied-no-ground`, `${PRIVILEGED} granted-privileged-ip`].sort(),
      );
    });
  }

  test("the header comes before TLS, and a login goes through", async () => {
    const sent = await clients.python3({
      port: haproxy.port("tls"),
      tls: "implicit",
      auth: { mechanism: "PLAIN", ...ALICE },
      from: ALICE.user,
      to: ["friend@far.test"],
      message: "Subject: through haproxy\n\nHello.\n",
    });
    assert.equal(sent.code, 0, sent.output);
  });

  test("the balancer's own address has no right of its own, as when it asks after our health", async () => {
    const local = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");
    assert.match(await direct({ localAddress: BALANCER, prefix: local }), REFUSED);
    assert.match(await direct({ localAddress: BALANCER, prefix: "PROXY UNKNOWN\r\n" }), REFUSED);
  });

  test("a balancer that sends no header, or a broken one, is told 421", async () => {
    for (const prefix of ["EHLO client.test\r\n", "PROXY TCP4 127.0.0.9\r\n", "PROXY TCP4 a b c d\r\n"]) {
      const opened = openSmtpDialog({ port: postern.port("mx"), localAddress: BALANCER, prefix });
      await assert.rejects(opened, /^Error: 421 4\.3\.5 /, prefix);
    }
  });

  test("a header from anybody else is garbage, and makes nobody privileged", async () => {
    const header = `PROXY TCP4 ${PRIVILEGED} 127.0.0.1 4711 25\r\n`;
    const dialog = await openSmtpDialog({ port: postern.port("mx"), localAddress: STRANGER });
    try {
      assert.match(await dialog.command(header.trimEnd()), /^500 5\.5\.2 /);
      await dialog.command(`MAIL FROM:<${MESSAGE.from}>`);
      assert.match(await dialog.command(`RCPT TO:<${MESSAGE.to}>`), REFUSED);
    } finally {
      dialog.close();
    }
  });

  test("only what was accepted has been relayed", async () => {
    await sink.waitFor(3);
    await postern.waitForEmptyQueue();
    assert.equal(await sink.received(), 3);
  });
});
