import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryConnection } from "../../test/support/memory-connection.ts";
import { address, ip, NOW, policy } from "../../test/support/relay-facts.ts";
import { type TestServices, testServices } from "../../test/support/smtp-services.ts";
import { gatherSenderFacts } from "./gather-facts.ts";

const ALICE = "alice@example.test";
const LISTENER = {
  name: "submission",
  protocol: "submission",
  auth: "optional",
  allowCleartextAuth: true,
} as const;

/** A session of alice's, or of a stranger's. */
async function session({ services }: TestServices, { loggedIn }: { loggedIn: boolean }) {
  const duplex = memoryConnection(services, LISTENER);
  const reply = async (): Promise<string> => {
    for (;;) {
      const line = (await duplex.receiveLine()) ?? "closed";
      if (line[3] !== "-") return line;
    }
  };
  const say = async (...lines: string[]): Promise<string[]> => {
    const replies: string[] = [];
    for (const line of lines) {
      await duplex.send(Buffer.from(`${line}\r\n`));
      replies.push(await reply());
    }
    return replies;
  };
  await reply();
  await say("EHLO client.test");
  if (loggedIn) await say(`AUTH PLAIN ${Buffer.from(`\0${ALICE}\0secret-alice`).toString("base64")}`);
  return { say, close: () => duplex.close() };
}

const codes = (replies: readonly string[]) => replies.map((each) => each.slice(0, 9));
const MAIL = `MAIL FROM:<${ALICE}>`;
const DATA = ["DATA", "Subject: x\r\n\r\nx\r\n."] as const;
const OVER = "450 4.7.1";

describe("sending limits in a session", () => {
  test("a transaction gets as many recipients as are left, those of its own counted in", async () => {
    const world = await testServices();
    await world.sendingRules.set("account:*", { recipientsPerDay: 3 });
    const { say, close } = await session(world, { loggedIn: true });
    const to = (n: number) => `RCPT TO:<friend${n}@remote.test>`;
    assert.deepEqual(codes(await say(MAIL, to(1), to(2), ...DATA)).at(-1), "250 2.0.0");
    assert.deepEqual(codes(await say(MAIL, to(3), to(4), "RCPT TO:<bob@example.test>")), [
      "250 2.1.0",
      "250 2.1.5",
      OVER,
      OVER,
    ]);
    close();
  });

  test("of two transactions at once only one gets the last place, and nothing of the other is kept", async () => {
    const world = await testServices();
    await world.sendingRules.set("account:*", { messagesPerHour: 1 });
    const [one, other] = [await session(world, { loggedIn: true }), await session(world, { loggedIn: true })];
    await one.say(MAIL, "RCPT TO:<a@remote.test>");
    await other.say(MAIL, "RCPT TO:<b@remote.test>");
    const last = [(await one.say(...DATA)).at(-1), (await other.say(...DATA)).at(-1)];
    assert.match(last[0] ?? "", /^250 2\.0\.0 /);
    assert.match(last[1] ?? "", /^450 4\.7\.1 Hourly limit of 1 messages reached \(1 used\)/);
    assert.deepEqual(
      (await world.queue.list({})).map(({ row }) => row.recipient),
      ["a@remote.test"],
    );
    const journaled = await world.services.journal.search({ recipient: "b@remote.test" });
    assert.deepEqual(
      journaled.map(({ verdict, message }) => [verdict, message]),
      [["relay", undefined]],
    );
    one.close();
    other.close();
  });

  test("first-time recipients are bounded for the day, and known ones are not", async () => {
    const world = await testServices();
    await world.sendingRules.set("account:*", { firstTimePerDay: 2 });
    const { say, close } = await session(world, { loggedIn: true });
    const to = (name: string) => `RCPT TO:<${name}@remote.test>`;
    await say(MAIL, to("a"), to("b"), ...DATA);
    assert.deepEqual(codes(await say(MAIL, to("a"), to("c"), to("B"))), [
      "250 2.1.0",
      "250 2.1.5",
      OVER,
      "250 2.1.5",
    ]);
    close();
  });

  test("forwarded mail is charged to the owner of the forward, whoever sends it, and waits when that is used up", async () => {
    const world = await testServices();
    await world.directory.addAddress(address("info@example.test"), address("x@far.test"));
    await world.sendingRules.set("account:info@example.test", { recipientsPerHour: 2 });
    const { say, close } = await session(world, { loggedIn: false });
    const from = "MAIL FROM:<s@elsewhere.test>";
    const forward = "RCPT TO:<info@example.test>";
    for (const _ of [1, 2]) assert.match((await say(from, forward, ...DATA)).at(-1) ?? "", /^250 /);
    const [, refused, others] = await say(from, forward, "RCPT TO:<bob@example.test>");
    assert.match(refused ?? "", /^450 4\.7\.1 Hourly limit of 2 recipients/);
    assert.match(others ?? "", /^250 /);
    close();
  });

  test("a message by POP before SMTP is its only account's", async () => {
    const world = await testServices({
      policy: policy({
        popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: true, ipv6Prefix: 128 },
      }),
    });
    await world.services.grants.allow(ip("127.0.0.1"), ALICE, NOW);
    const { say, close } = await session(world, { loggedIn: false });
    await say(MAIL, "RCPT TO:<a@remote.test>", ...DATA);
    assert.equal((await world.sendingRules.show(`account:${ALICE}`, NOW)).use.dayRecipients, 1);
    assert.equal((await world.queue.list({ login: ALICE })).length, 1);
    close();
  });
});

test("a grant speaks for no account that is suspended, whoever wrote it", async () => {
  const world = await testServices();
  const { directory, grants, usage } = world.services;
  const client = ip("192.0.2.5");
  await grants.allow(client, ALICE, NOW);
  await grants.allow(client, "bob@example.test", NOW);
  const compiled = policy({
    popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: false, ipv6Prefix: 128 },
  });
  const accounts = async () => {
    const facts = await gatherSenderFacts(
      { directory, grants, usage, lookupTimeoutMs: 5000, onLookupFailure: () => {} },
      compiled,
      {
        now: NOW,
        client,
        clientIsProxy: false,
        listener: { name: "mx", auth: "never", allowCleartextAuth: false, offersStartTls: false },
        tls: false,
        login: { state: "none" },
        sender: null,
      },
    );
    return facts.popGrant.known ? facts.popGrant.value?.accounts : "unknown";
  };
  assert.deepEqual(await accounts(), [ALICE, "bob@example.test"]);
  await world.directory.setSuspended(ALICE, true);
  assert.deepEqual(await accounts(), ["bob@example.test"]);
  await world.directory.setSuspended("bob@example.test", true);
  assert.equal(await accounts(), undefined);
});
