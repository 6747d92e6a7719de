import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort } from "../support/free-port.ts";
import { type ParsedReport, parseReport } from "../support/parse-report.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { type Offer, offer } from "../support/smtp-dialog.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool } from "../support/tools.ts";
import { waitUntil } from "../support/wait-until.ts";

/** A row of the queue as the command line shows it. */
interface Row {
  readonly id: string;
  readonly state: string;
  readonly sender: string;
  readonly recipient: string;
  readonly attempts: number;
  readonly nextAttemptAt: string;
  readonly last?: { readonly kind: string; readonly status: string; readonly diagnostic: string };
}

describe("mail that a next hop does not take", needsTool("smtp-sink", "python3"), () => {
  let postern: PosternServer;
  let refusing: SmtpSink;
  let deferring: SmtpSink;
  let taking: SmtpSink;
  let dead: number;

  before(async () => {
    [refusing, deferring, taking] = await Promise.all([
      startSmtpSink({ args: ["-f", "RCPT"] }),
      startSmtpSink({ args: ["-r", "RCPT"] }),
      startSmtpSink(),
    ]);
    dead = await freePort();
    postern = await startPostern();
    const routeTo = (domain: string, port: number) => {
      return ["route", "add", "--to", domain, "--host", `127.0.0.1:${port}`, "--tls", "none"];
    };
    await postern.configure(
      routeTo("refusing.test", refusing.port),
      routeTo("deferring.test", deferring.port),
      routeTo("dead.test", dead),
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "web", "--owner", "it@example.test"],
    );
  });
  after(async () => {
    await postern?.stop();
    for (const sink of [refusing, deferring, taking]) await sink?.stop();
  });

  async function send(message: Pick<Offer, "to"> & Partial<Offer>): Promise<void> {
    const reply = await offer({ port: postern.port("mx"), from: ALICE.user, ...message });
    assert.match(reply, /^250 2\.0\.0 /);
  }

  const queue = () => postern.json<Row[]>("queue", "list");

  /** The row for a recipient, once that many attempts have been made. */
  function rowFor(recipient: string, attempts = 1): Promise<Row> {
    const find = async () =>
      (await queue()).find(
        (row) => row.recipient === recipient && row.state !== "in-progress" && row.attempts >= attempts,
      );
    return waitUntil(() => `no row for ${recipient} with ${attempts} attempts`, find);
  }

  /** The report in alice's mailbox that is about a recipient. */
  async function reportOn(recipient: string): Promise<ParsedReport> {
    const pattern = new RegExp(`^Final-Recipient: rfc822; ?${recipient}`, "im");
    const text = await postern.mailbox(ALICE.user).waitForMessage(pattern);
    return parseReport(Buffer.from(text, "latin1"));
  }

  test("for good comes back to its sender as a report of RFC 3464", async () => {
    const message = "Subject: to nobody\r\nMessage-Id: <one@example.test>\r\n\r\nThe body stays here.\r\n";
    await send({ to: "nobody@refusing.test", message });
    const report = await reportOn("nobody@refusing.test");
    assert.deepEqual(report.defects, []);
    assert.equal(report.contentType, "multipart/report");
    assert.equal(report.reportType, "delivery-status");
    assert.equal(report.partTypes[0], "text/plain");
    assert.equal(report.partTypes[1], "message/delivery-status");
    assert.match(report.partTypes[2] ?? "", /^(message\/rfc822|text\/rfc822-headers)$/);
    const [forMessage, forRecipient, ...more] = report.status;
    assert.match(forMessage?.["reporting-mta"] ?? "", /^dns; ?mx\.example\.test$/);
    assert.equal(forRecipient?.["action"], "failed");
    assert.match(forRecipient?.["status"] ?? "", /^5\.\d+\.\d+$/);
    assert.match(forRecipient?.["diagnostic-code"] ?? "", /^smtp; ?5\d\d /);
    assert.deepEqual(more, []);
    assert.equal(report.headers["return-path"], "<>");
    assert.match(report.headers["auto-submitted"] ?? "", /^auto-replied/);
    assert.match(report.text, /nobody@refusing\.test/);
    await postern.waitForEmptyQueue();
  });

  test("is reported to nobody when its sender is null or wants no report", async () => {
    const before = await postern.mailbox(ALICE.user).count();
    await send({ from: "", to: "a@refusing.test" });
    await send({ to: "b@refusing.test", rcptParameters: "NOTIFY=NEVER" });
    await send({ to: "c@refusing.test", rcptParameters: "NOTIFY=DELAY" });
    await postern.waitForEmptyQueue();
    // A later one comes, so these would have come too.
    await send({ to: "d@refusing.test", rcptParameters: "NOTIFY=FAILURE" });
    await reportOn("d@refusing.test");
    assert.equal(await postern.mailbox(ALICE.user).count(), before + 1);
    await postern.waitForEmptyQueue();
  });

  test("for now stays in the queue, with what was said last", async () => {
    await send({ to: "friend@deferring.test" });
    const row = await rowFor("friend@deferring.test");
    assert.equal(row.state, "waiting");
    assert.equal(row.last?.kind, "deferred");
    assert.match(row.last?.status ?? "", /^4\./);
    assert.match(row.last?.diagnostic ?? "", /\b4\d\d /);
    const waitMs = Date.parse(row.nextAttemptAt) - Date.now();
    assert.ok(waitMs > 10 * 60_000 && waitMs < 20 * 60_000, `the next attempt is in ${waitMs} ms`);
    const shown = await postern.cli(["queue", "show", row.id]);
    assert.ok(shown.stdout.includes(row.last?.diagnostic ?? "?"), shown.output);
  });

  test("since it is not there stays in the queue", async () => {
    await send({ to: "friend@dead.test" });
    const row = await rowFor("friend@dead.test");
    assert.equal(row.last?.kind, "deferred");
    assert.match(row.last?.diagnostic ?? "", new RegExp(`127\\.0\\.0\\.1:${dead}: connection refused`));
    assert.match(row.last?.status ?? "", /^4\.4\.1$/);
  });

  test("is tried again, held, released and dropped by the command line", async () => {
    const { id } = await rowFor("friend@deferring.test");
    await postern.configure(["queue", "retry", id]);
    assert.equal((await rowFor("friend@deferring.test", 2)).attempts, 2);

    await postern.configure(["queue", "hold", "--destination", "deferring.test"]);
    assert.equal((await rowFor("friend@deferring.test", 2)).state, "held");
    await postern.configure(
      ["route", "remove", "deferring.test"],
      ["route", "add", "--to", "deferring.test", "--host", `127.0.0.1:${taking.port}`, "--tls", "none"],
    );
    await postern.configure(["queue", "retry", "--all"]);
    await rowFor("friend@dead.test", 2);
    assert.equal((await rowFor("friend@deferring.test", 2)).state, "held");
    assert.equal(await taking.received(), 0);
    await postern.configure(["queue", "release", id]);
    await taking.waitFor(1);

    const asked = await postern.cli(["queue", "drop", "--destination", "dead.test"]);
    assert.equal(asked.code, 64, asked.output);
    const reports = await postern.mailbox(ALICE.user).count();
    await postern.configure(["queue", "drop", "--destination", "dead.test", "--yes"]);
    await postern.waitForEmptyQueue();
    assert.equal(await postern.mailbox(ALICE.user).count(), reports, "nobody is told of what was dropped");
  });
});
