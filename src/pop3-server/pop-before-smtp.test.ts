import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryConnection, memoryPopConnection } from "../../test/support/memory-connection.ts";
import { POP_LISTENERS, testPopServices } from "../../test/support/pop-services.ts";
import { ip, policy } from "../../test/support/relay-facts.ts";
import { say } from "../../test/support/say.ts";
import { manualTime } from "../adapters/memory/manual-time.ts";
import type { PopServices } from "./pop-context.ts";

const PERIOD_MS = 15 * 60_000;
const ON = policy({
  popBeforeSmtp: { enabled: true, periodMs: PERIOD_MS, senderMustBelong: true, ipv6Prefix: 128 },
});
/** It offers no AUTH: the client can do nothing but fetch its mail first. */
const MX = { name: "mx", protocol: "smtp", auth: "never", allowCleartextAuth: false } as const;
const CLIENT = ip("127.0.0.1");

async function begun(options: { policy?: typeof ON } = { policy: ON }) {
  const { clock, advance } = manualTime();
  const parts = await testPopServices({ ...options, clock });
  const send = async (from = "alice@example.test") => {
    const connection = memoryConnection(parts.smtp, MX);
    await connection.receiveLine();
    const answer = await say(
      connection,
      "HELO client.test",
      `MAIL FROM:<${from}>`,
      "RCPT TO:<friend@remote.test>",
    );
    connection.close();
    return answer.slice(0, 9);
  };
  return { ...parts, advance, send };
}

/** A whole session: logs in, and leaves. Gives the answer to the login. */
async function fetchMail(services: PopServices, ...login: readonly string[]): Promise<string> {
  const connection = memoryPopConnection(services, POP_LISTENERS["pop3-clear"]);
  await connection.receiveLine();
  const answer = await say(connection, ...login);
  await say(connection, "QUIT");
  connection.close();
  return answer;
}

const ALICE = ["USER alice@example.test", "PASS secret-alice"] as const;

describe("POP before SMTP", () => {
  test("the sequence of the manual: refused, mail fetched, accepted, the period over, refused", async () => {
    const { services, advance, send } = await begun();
    assert.equal(await send(), "550 5.7.1");
    assert.match(await fetchMail(services, ...ALICE), /^\+OK/);
    assert.equal(await send(), "250 2.1.5");
    advance(PERIOD_MS - 1);
    assert.equal(await send(), "250 2.1.5");
    advance(1);
    assert.equal(await send(), "550 5.7.1");
  });

  test("each further login renews the period", async () => {
    const { services, advance, send } = await begun();
    await fetchMail(services, ...ALICE);
    advance(PERIOD_MS - 1);
    await fetchMail(services, ...ALICE);
    advance(PERIOD_MS - 1);
    assert.equal(await send(), "250 2.1.5");
  });

  test("AUTH counts as USER and PASS do", async () => {
    const { services, send } = await begun();
    const plain = Buffer.from("\0alice@example.test\0secret-alice").toString("base64");
    assert.match(await fetchMail(services, `AUTH PLAIN ${plain}`), /^\+OK/);
    assert.equal(await send(), "250 2.1.5");
  });

  test("the sender must be an address of an account that logged in", async () => {
    const { services, send } = await begun();
    await fetchMail(services, ...ALICE);
    assert.equal(await send("bob@example.test"), "550 5.7.1");
    assert.equal(await send("team@example.test"), "250 2.1.5");
  });

  test("a login that fails grants nothing", async () => {
    const { services, grants } = await begun();
    assert.match(await fetchMail(services, "USER alice@example.test", "PASS wrong"), /^-ERR \[AUTH\]/);
    assert.equal(await grants.find(CLIENT, 128), undefined);
  });

  test("a login that does not get its mailbox grants nothing", async () => {
    const { services, grants, maildrops } = await begun();
    await maildrops.open({ mailbox: "alice@example.test", postoffice: "acme" });
    assert.match(await fetchMail(services, ...ALICE), /^-ERR \[IN-USE\]/);
    assert.equal(await grants.find(CLIENT, 128), undefined);
  });

  test("a suspended account reads its mail and speaks for nobody", async () => {
    const { services, grants } = await begun();
    const account = async (login: string) => {
      const found = await services.directory.account(login);
      return found && { ...found, suspended: true };
    };
    assert.match(await fetchMail({ ...services, directory: { account } }, ...ALICE), /^\+OK/);
    assert.equal(await grants.find(CLIENT, 128), undefined);
  });

  test("while the option is off nothing is remembered, so that switching it on opens nothing", async () => {
    const { services, grants } = await begun({});
    assert.match(await fetchMail(services, ...ALICE), /^\+OK/);
    assert.equal(await grants.find(CLIENT, 128), undefined);
  });

  test("a grant that cannot be written costs nobody his mail", async () => {
    const { services, log } = await begun();
    const grants = { allow: () => Promise.reject(new Error("read-only file system")) };
    assert.match(await fetchMail({ ...services, grants }, ...ALICE), /^\+OK/);
    assert.deepEqual(
      log.map(({ event }) => event),
      ["pop-grant-not-written", "pop-login"],
    );
  });

  test("the account stands in the grant as the directory writes it", async () => {
    const { services, grants } = await begun();
    await fetchMail(services, "USER Alice@EXAMPLE.test", "PASS secret-alice");
    assert.deepEqual((await grants.find(CLIENT, 128))?.accounts, ["alice@example.test"]);
  });
});
