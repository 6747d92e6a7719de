import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { parseDomain } from "../../core/domain.ts";
import { parseAddress } from "../../core/email-address.ts";
import { plusMs } from "../../core/instant.ts";
import type { ContainmentStore } from "../containment-store.ts";
import type { DirectoryAdmin } from "../directory.ts";
import type { AcceptedMessage, QueueStore } from "../queue-store.ts";
import type { SendingRules } from "../sending-rules.ts";
import type { UsageStore } from "../usage-store.ts";
import { NOON, queueId, sampleMessage } from "./sample-message.ts";

/** Stores over one empty database. */
export interface SendingUnderTest {
  readonly queue: QueueStore;
  readonly usage: UsageStore;
  readonly rules: SendingRules;
  readonly containments: ContainmentStore;
  readonly directory: DirectoryAdmin;
}

const ALICE = "account:alice@example.test";
const HOUR_MS = 3_600_000;

/** What accepting counts, which limits refuse, and how an account is contained. */
export function sendingContract(name: string, empty: (t: TestContext) => Promise<SendingUnderTest>): void {
  const make = async (t: TestContext): Promise<SendingUnderTest> => {
    const stores = await empty(t);
    await stores.directory.addPostoffice("acme");
    await stores.directory.addDomain(domain("example.test"), "acme");
    for (const mailbox of ["alice@example.test", "neighbour@example.test"])
      await stores.directory.addMailbox(address(mailbox), undefined);
    return stores;
  };

  describe(`${name} as a ledger of sending`, () => {
    test("a message is counted once a recipient, for its account and its post office", async (t) => {
      const { queue, usage, rules } = await make(t);
      await rules.set("account:*", { recipientsPerDay: 100 });
      await rules.set("postoffice:acme", { messagesPerHour: 1000 });
      await queue.accept(sent(1, { to: ["a@one.test", "A@one.test", "b@two.test"] }));
      await queue.accept(sent(2, { to: ["a@one.test"], by: "neighbour@example.test" }));
      const quotas = (await usage.quotas([ALICE, "account:stranger@other.test"], NOON)).get(ALICE);
      assert.deepEqual(
        quotas?.map(({ owner, limits, use }) => [owner, limits, use.messagesPerDay, use.recipientsPerDay]),
        [
          ["account", { recipientsPerDay: 100 }, 1, 2],
          ["postoffice", { messagesPerHour: 1000 }, 2, 3],
        ],
      );
    });

    test("reports, mail from outside and refused mail are counted for nobody", async (t) => {
      const { queue, usage, rules } = await make(t);
      await rules.set("account:*", { recipientsPerDay: 100 });
      await queue.accept(sampleMessage(1, { decision: { identity: "server" } }));
      await queue.accept(sampleMessage(2, { decision: { identity: "anonymous", verdict: "deliver" } }));
      await queue.accept(sampleMessage(3, { decision: { identity: ALICE, verdict: "reject" } }));
      assert.equal((await usage.quotas([ALICE], NOON)).get(ALICE)?.[0]?.use.recipientsPerDay, 0);
    });

    test("of messages at once just as many are kept as the limit has room for", async (t) => {
      const { queue, rules } = await make(t);
      await rules.set(ALICE, { recipientsPerHour: 5 });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => queue.accept(sent(n + 1, { to: [`friend${n}@one.test`] }))),
      );
      assert.equal(answers.filter(({ ok }) => ok).length, 5);
      assert.equal((await queue.list({})).length, 5);
      const refused = answers.find(({ ok }) => !ok);
      assert.deepEqual(refused, {
        ok: false,
        error: {
          owner: "account",
          name: "recipientsPerHour",
          max: 5,
          used: 5,
          resetsAt: plusMs(NOON, HOUR_MS),
        },
      });
    });

    test("the daily cap of a privileged entry holds for messages at once, and the lower of two limits", async (t) => {
      const { queue, rules } = await make(t);
      const send = (n: number) =>
        queue.accept({
          ...sampleMessage(n, { decision: { identity: "privileged:3" } }),
          caps: new Map([["privileged:3", 4]]),
        });
      const answers = await Promise.all(Array.from({ length: 9 }, (_, n) => send(n + 1)));
      assert.equal(answers.filter(({ ok }) => ok).length, 4);
      await rules.set("privileged:3", { recipientsPerDay: 100 });
      assert.equal((await send(10)).ok, false);
    });

    test("a message that the limit has no room for leaves nothing, not even a count", async (t) => {
      const { queue, usage, rules } = await make(t);
      await rules.set(ALICE, { recipientsPerDay: 2, firstTimePerDay: 9 });
      assert.equal(
        (await queue.accept(sent(1, { to: ["a@one.test", "b@one.test", "c@one.test"] }))).ok,
        false,
      );
      assert.equal((await usage.quotas([ALICE], NOON)).get(ALICE)?.[0]?.use.recipientsPerDay, 0);
      assert.equal(await usage.isFirstTime("alice@example.test", "a@one.test"), true);
      assert.equal((await queue.accept(sent(2, { to: ["a@one.test", "b@one.test"] }))).ok, true);
    });

    test("the next hour and the next day begin with nothing used", async (t) => {
      const { queue, usage, rules } = await make(t);
      await rules.set(ALICE, { recipientsPerHour: 1, recipientsPerDay: 2 });
      const at = (n: number, hours: number) =>
        queue.accept(sent(n, { to: [`x${n}@one.test`], at: plusMs(NOON, hours * HOUR_MS) }));
      assert.equal((await at(1, 0)).ok, true);
      assert.equal((await at(2, 0.5)).ok, false);
      assert.equal((await at(3, 1)).ok, true);
      assert.equal((await at(4, 2)).ok, false);
      assert.equal((await at(5, 12)).ok, true);
      const tomorrow = (await usage.quotas([ALICE], plusMs(NOON, 12 * HOUR_MS))).get(ALICE)?.[0]?.use;
      assert.deepEqual([tomorrow?.recipientsPerHour, tomorrow?.recipientsPerDay], [1, 1]);
    });

    test("an address is a first-time recipient until the account has sent to it, whatever its case", async (t) => {
      const { queue, usage } = await make(t);
      await queue.accept(sent(1, { to: ["Friend@One.test"] }));
      assert.equal(await usage.isFirstTime("alice@example.test", "friend@one.test"), false);
      assert.equal(await usage.isFirstTime("alice@example.test", "other@one.test"), true);
      assert.equal(await usage.isFirstTime("neighbour@example.test", "friend@one.test"), true);
    });

    test("rules are listed, hold over those of their kind, and can be lifted and taken away", async (t) => {
      const { rules } = await make(t);
      await rules.set("account:*", { recipientsPerDay: 10, containFirstTime: 5 });
      await rules.set(ALICE, { recipientsPerDay: "none", messagesPerDay: 3 });
      assert.deepEqual(await rules.list(), [
        { subject: "account:*", rules: { recipientsPerDay: 10, containFirstTime: 5 } },
        { subject: ALICE, rules: { recipientsPerDay: "none", messagesPerDay: 3 } },
      ]);
      assert.deepEqual((await rules.show(ALICE, NOON)).rules, {
        messagesPerDay: 3,
        containRecipients: 500,
        containFirstTime: 5,
        containFailures: 25,
      });
      await rules.set(ALICE, {});
      assert.equal((await rules.show(ALICE, NOON)).rules.recipientsPerDay, 10);
    });

    test("a POP grant that names one account is counted for the account too", async (t) => {
      const { queue, rules } = await make(t);
      await rules.set("grant:*", { recipientsPerDay: 2 });
      await queue.accept(sent(1, { to: ["a@one.test"], grant: "192.0.2.7" }));
      assert.equal((await rules.show(ALICE, NOON)).use.dayRecipients, 1);
      assert.equal((await rules.show("grant:192.0.2.7", NOON)).use.dayRecipients, 1);
      assert.equal(
        (await queue.accept(sent(2, { to: ["a@one.test", "b@one.test"], grant: "192.0.2.7" }))).ok,
        false,
      );
    });

    test("the message that breaks a rule is held with all before it, and nothing of a neighbour", async (t) => {
      const { queue, rules, containments, directory } = await make(t);
      await rules.set("account:*", { containFirstTime: 3 });
      await queue.accept(sent(9, { to: ["n@one.test"], by: "neighbour@example.test" }));
      for (const n of [1, 2, 3, 4]) await queue.accept(sent(n, { to: [`victim${n}@one.test`] }));
      const rows = await queue.list({});
      assert.deepEqual(
        rows.map(({ row, held }) => [row.id, held]),
        [
          [10, true],
          [20, true],
          [30, true],
          [40, true],
          [90, false],
        ],
      );
      assert.equal((await directory.account("alice@example.test"))?.suspended, true);
      const [contained, ...others] = await containments.pending();
      assert.equal(others.length, 0);
      assert.equal(contained?.account, "alice@example.test");
      assert.match(contained?.cause ?? "", /^3 recipients it had never sent to/);
    });

    test("failures contain an account only where they are a good part of what it sent", async (t) => {
      const { queue, rules, containments } = await make(t);
      await rules.set("account:*", { containFailures: 2, containFirstTime: "none" });
      const fail = async (row: number) =>
        queue.finish([{ row: queueId(row), next: "done", outcome: FAILED, failedAt: NOON }]);
      await queue.accept(sent(1, { to: Array.from({ length: 9 }, (_, n) => `x${n}@one.test`) }));
      await fail(10);
      await fail(11);
      assert.deepEqual(await containments.pending(), []);
      await fail(12);
      assert.match((await containments.pending())[0]?.cause ?? "", /^3 of today's 9 recipients refused/);
    });

    test("after release the account sends on, and what it was contained for is forgiven", async (t) => {
      const { queue, rules, containments, directory } = await make(t);
      await rules.set("account:*", { containFirstTime: 2 });
      for (const n of [1, 2]) await queue.accept(sent(n, { to: [`victim${n}@one.test`] }));
      const released = await containments.release("alice@example.test", "cli:bob", plusMs(NOON, 1000));
      assert.ok(released.ok);
      assert.equal(released.value.releasedBy, "cli:bob");
      assert.equal((await directory.account("alice@example.test"))?.suspended, false);
      await queue.accept(sent(3, { to: ["victim3@one.test"] }));
      assert.equal((await queue.list({})).find(({ row }) => row.id === 30)?.held, false);
      assert.equal((await containments.release("alice@example.test", "cli:bob", NOON)).ok, false);
    });

    test("containing by hand holds what is queued, and twice is refused", async (t) => {
      const { queue, containments } = await make(t);
      await queue.accept(sent(1, { to: ["a@one.test"] }));
      await queue.accept(sent(2, { to: ["a@one.test"], grant: "192.0.2.7" }));
      const request = { account: "alice@example.test", cause: "phoned", by: "cli:bob", at: NOON };
      assert.ok((await containments.contain(request)).ok);
      assert.deepEqual(
        (await queue.list({})).map(({ held }) => held),
        [true, true],
      );
      assert.equal((await containments.contain(request)).ok, false);
      assert.equal((await containments.contain({ ...request, account: "nobody@example.test" })).ok, false);
    });

    test("a containment that was seen to is pending no more and keeps its sample", async (t) => {
      const { containments } = await make(t);
      await containments.contain({ account: "alice@example.test", cause: "phoned", by: "cli:bob", at: NOON });
      const [pending] = await containments.pending();
      const sample = {
        message: "0F3K",
        acceptedAt: NOON,
        client: "192.0.2.1",
        sender: "alice@example.test",
        recipients: ["a@one.test"],
        header: "Subject: win\r\n",
      };
      await containments.followedUp(pending?.id ?? 0, [sample], NOON);
      assert.deepEqual(await containments.pending(), []);
      assert.deepEqual((await containments.show("alice@example.test"))?.sample, [sample]);
      assert.equal((await containments.list()).length, 1);
    });

    test("alerts go nowhere but where they are set to", async (t) => {
      const { containments } = await make(t);
      assert.deepEqual(await containments.alerts(), {});
      await containments.setAlerts({ mail: "ops@example.test", webhook: "https://hooks.example.test/" });
      await containments.setAlerts({ mail: "ops@example.test" });
      assert.deepEqual(await containments.alerts(), { mail: "ops@example.test" });
    });
  });
}

const FAILED = { kind: "failed", status: "5.1.1", diagnostic: "no such user" } as const;

function sent(
  n: number,
  {
    to,
    by = "alice@example.test",
    grant,
    at = NOON,
  }: {
    to: readonly string[];
    by?: string;
    grant?: string;
    at?: AcceptedMessage["envelope"]["acceptedAt"];
  },
): AcceptedMessage {
  const message = sampleMessage(n, {
    at,
    lanes: to.map(() => "outbound" as const),
    envelope: {
      origin: { client: "192.0.2.1", listener: "submission", ...(grant ? { account: by } : { login: by }) },
    },
    decision: { identity: grant ? `grant:${grant}` : `account:${by}` },
  });
  const decisions = message.decisions.map((each, i) => ({ ...each, recipient: to[i] ?? "" }));
  return { ...message, decisions };
}

function domain(text: string) {
  const parsed = parseDomain(text);
  assert.ok(parsed);
  return parsed;
}

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}
