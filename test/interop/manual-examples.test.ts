import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { type Offer, offer } from "../support/smtp-dialog.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool } from "../support/tools.ts";

const ACCEPTED = /^250 2\.0\.0 /;
const LOGIN_WOULD_HELP = /^530 5\.7\.0 /;
const REFUSED = /^550 5\.7\.1 /;
const LISTENER_ON_IPV6 = `[[listeners]]
name = "mx6"
protocol = "smtp"
address = "::1"
port = 0
`;
const hasIpv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === "::1"),
);
const MINUTE_MS = 60_000;

/** What somebody out there offers for somebody else out there. */
const FORGED = { from: "nobody@example.test", to: "friend@far.test" } as const;
const FOREIGN = { from: "stranger@other.test", to: "friend@far.test" } as const;

describe("an example of the manual:", needsTool("smtp-sink"), () => {
  let postern: PosternServer;
  let sink: SmtpSink;
  /** What smtp-sink must have taken by now. */
  let relayed = 0;

  before(async () => {
    sink = await startSmtpSink();
    const edit = (toml: string) => (hasIpv6 ? toml.replace("[tls]", `${LISTENER_ON_IPV6}\n[tls]`) : toml);
    postern = await startPostern({ edit });
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

  function atMx(message: Pick<Offer, "from" | "to"> & Partial<Offer>): Promise<string> {
    return offer({ port: postern.port("mx"), ...message });
  }

  /** One of ours, logged in. */
  function alice(): Promise<string> {
    return offer({ port: postern.port("submission"), login: ALICE, from: ALICE.user, to: "friend@far.test" });
  }

  /** Checks that everything that was accepted for far.test has gone there, and nothing else. */
  async function assertRelayed(more: number): Promise<void> {
    relayed += more;
    await sink.waitFor(relayed);
    assert.equal(await sink.received(), relayed);
  }

  test("authenticated senders only: a login relays, a sender address does not, delivery needs neither", async () => {
    assert.match(await alice(), ACCEPTED);
    assert.match(await atMx(FORGED), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...FORGED, from: ALICE.user }), LOGIN_WOULD_HELP);
    assert.match(await atMx(FOREIGN), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...FOREIGN, from: "" }), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...FOREIGN, to: ALICE.user }), ACCEPTED);
    await assertRelayed(1);
  });

  test("a privileged range for a web server: its addresses relay, the next one does not", async () => {
    const add = ["privileged", "add", "127.0.0.16/28", "--label", "web", "--owner", "web@example.test"];
    await postern.configure(["relay", "set", "privileged.enabled=true"], add);
    const web = { ...FOREIGN, from: "shop@other.test" };
    assert.match(await atMx({ ...web, localAddress: "127.0.0.16" }), ACCEPTED);
    assert.match(await atMx({ ...web, localAddress: "127.0.0.31" }), ACCEPTED);
    assert.match(await atMx({ ...web, localAddress: "127.0.0.15" }), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...web, localAddress: "127.0.0.32" }), LOGIN_WOULD_HELP);
    // On a listener that requires a login the range is no way round it.
    const atSubmission = { ...web, port: postern.port("submission"), localAddress: "127.0.0.16" };
    assert.match(await offer(atSubmission), LOGIN_WOULD_HELP);
    await postern.configure(["relay", "set", "privileged.enabled=false"]);
    assert.match(await atMx({ ...web, localAddress: "127.0.0.16" }), LOGIN_WOULD_HELP);
    await assertRelayed(2);
  });

  test("local sender addresses: anybody relays who claims one, which is journaled as such", async () => {
    const refused = await postern.cli(["relay", "set", "localSenders.enabled=true"]);
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /--confirm weak/);
    assert.match(await atMx(FORGED), LOGIN_WOULD_HELP);
    await postern.configure(["relay", "set", "localSenders.enabled=true", "--confirm", "weak"]);
    assert.match(await atMx(FORGED), ACCEPTED);
    assert.match(await atMx(FOREIGN), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...FORGED, from: "" }), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...FORGED, from: "nobody@sub.example.test" }), LOGIN_WOULD_HELP);
    const entries = await postern.json<{ sender: string }[]>(
      ...["journal", "search", "--reason", "granted-local-sender"],
    );
    assert.deepEqual(
      entries.map(({ sender }) => sender),
      [FORGED.from],
    );
    await postern.configure(["relay", "set", "localSenders.match=address"]);
    assert.match(await atMx(FORGED), LOGIN_WOULD_HELP);
    assert.match(await atMx({ ...FORGED, from: ALICE.user }), ACCEPTED);
    await postern.configure(["relay", "set", "localSenders.enabled=false"]);
    await assertRelayed(2);
  });

  test("POP before SMTP: a file that another program touches lets its address relay for a quarter of an hour", async () => {
    await postern.configure(["relay", "set", "popBeforeSmtp.enabled=true"]);
    assert.match(await atMx(FOREIGN), LOGIN_WOULD_HELP);
    await touch("127.0.0.1.pbs", 0);
    assert.match(await atMx(FOREIGN), ACCEPTED);
    assert.match(await atMx({ ...FOREIGN, localAddress: "127.0.0.2" }), LOGIN_WOULD_HELP);
    await touch("127.0.0.1.pbs", 14 * MINUTE_MS);
    assert.match(await atMx(FOREIGN), ACCEPTED);
    await touch("127.0.0.1.pbs", 16 * MINUTE_MS);
    assert.match(await atMx(FOREIGN), LOGIN_WOULD_HELP);
    await assertRelayed(2);
  });

  const needsIpv6 = hasIpv6 ? {} : { skip: "needs IPv6 on loopback" };
  test("POP before SMTP: an IPv6 address has dashes in its file's name", needsIpv6, async () => {
    const onIpv6 = { ...FOREIGN, host: "::1", port: postern.port("mx6") };
    await touch("::1.pbs", 0);
    assert.match(await offer(onIpv6), LOGIN_WOULD_HELP);
    await touch("--1.pbs", 0);
    assert.match(await offer(onIpv6), ACCEPTED);
    await assertRelayed(1);
  });

  test("POP before SMTP: a file that names accounts lets them send as themselves only", async () => {
    await touch("127.0.0.3.pbs", 0, `${ALICE.user}\n`);
    assert.match(await atMx({ ...FORGED, from: ALICE.user, localAddress: "127.0.0.3" }), ACCEPTED);
    assert.match(await atMx({ ...FORGED, localAddress: "127.0.0.3" }), LOGIN_WOULD_HELP);
    await assertRelayed(1);
    await postern.configure(["relay", "set", "popBeforeSmtp.enabled=false"]);
  });

  test("mail relay off: nobody relays, what is queued is held and shown so, and goes on with the switch", async () => {
    await postern.configure(
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "everybody", "--owner", "it@example.test"],
    );
    // A row that waits: the next hop is not there.
    await postern.configure(["route", "add", "--to", "later.test", "--host", "127.0.0.1:1", "--tls", "none"]);
    assert.match(await atMx({ ...FOREIGN, to: "friend@later.test" }), ACCEPTED);
    await postern.configure(["relay", "set", "relay.enabled=false"]);
    assert.match(await alice(), REFUSED);
    assert.match(await atMx(FOREIGN), REFUSED);
    assert.match(await atMx({ ...FOREIGN, to: ALICE.user }), ACCEPTED);
    await postern.mailbox(ALICE.user).waitForMessages(2);

    await postern.configure(["route", "remove", "later.test"], ["queue", "retry", "--all"]);
    const rows = await postern.json<{ recipient: string; state: string }[]>("queue", "list");
    assert.deepEqual(
      rows.map(({ recipient, state }) => ({ recipient, state })),
      [{ recipient: "friend@later.test", state: "relay-off" }],
    );
    assert.match((await postern.cli(["queue", "list"])).stdout, /held: relay off/);
    assert.match((await postern.cli(["queue", "stats"])).stdout, /Relay is off/);
    await assertRelayed(0);

    await postern.configure(["relay", "set", "relay.enabled=true"]);
    await assertRelayed(1);
    assert.match(await alice(), ACCEPTED);
    await assertRelayed(1);
  });

  /** Puts a file into the folder of grants, as any POP server may. */
  async function touch(name: string, ageMs: number, lines = ""): Promise<void> {
    const file = join(postern.dataFolder, "Config", "Connections", name);
    await writeFile(file, lines);
    const loggedInAt = new Date(Date.now() - ageMs);
    await utimes(file, loggedInAt, loggedInAt);
  }
});
