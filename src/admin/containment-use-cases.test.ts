import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext, NOON } from "../../test/support/memory-admin-context.ts";
import { parseDomain } from "../core/domain.ts";
import { parseAddress } from "../core/email-address.ts";
import { sampleMessage } from "../ports/contract/sample-message.ts";
import type { AdminContext } from "./admin-context.ts";
import {
  containmentAlerts,
  containmentContain,
  containmentList,
  containmentPurge,
  containmentRelease,
  containmentShow,
} from "./containments.ts";
import { limitsList, limitsSet, limitsShow } from "./limits.ts";
import { mailboxResume } from "./mailboxes.ts";

const ALICE = "alice@example.test";

async function withAlice(): Promise<AdminContext> {
  const context = memoryAdminContext();
  const [domain, mailbox] = [parseDomain("example.test"), parseAddress(ALICE)];
  assert.ok(domain && mailbox);
  await context.directory.addPostoffice("acme");
  await context.directory.addDomain(domain, "acme");
  await context.directory.addMailbox(mailbox, undefined);
  for (const n of [1, 2]) {
    const origin = { client: "192.0.2.1", listener: "submission", login: ALICE };
    await context.queue.accept(
      sampleMessage(n, { envelope: { origin }, decision: { identity: `account:${ALICE}` } }),
    );
  }
  return context;
}

function value<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  assert.ok(result.ok, result.ok ? "" : result.error.message);
  return result.value;
}

function refusal(result: { ok: boolean; error?: { message: string } }): string {
  assert.equal(result.ok, false);
  return result.error?.message ?? "";
}

test("an account is contained, shown, purged and released, and each step says what it did", async () => {
  const context = await withAlice();
  const contained = value(await containmentContain.run(context, { mailbox: ALICE, reason: "phoned in" }));
  assert.deepEqual(contained, {
    account: ALICE,
    at: new Date(NOON).toISOString(),
    cause: "phoned in",
    by: "cli:test",
  });
  assert.equal(value(await containmentShow.run(context, { mailbox: ALICE })).rowsHeld, 2);
  assert.match(refusal(await containmentContain.run(context, { mailbox: ALICE })), /contained already/);
  assert.match(refusal(await mailboxResume.run(context, { mailbox: ALICE })), /containment release/);
  assert.equal(value(await containmentPurge.run(context, { mailbox: ALICE })).rowsDeleted, 2);
  const released = value(await containmentRelease.run(context, { mailbox: ALICE }));
  assert.deepEqual([released.releasedBy, released.rowsReleased], ["cli:test", 0]);
  assert.match(refusal(await containmentPurge.run(context, { mailbox: ALICE })), /is not contained/);
  assert.equal(value(await containmentList.run(context, {})).length, 1);
});

test("release lets what was held go on", async () => {
  const context = await withAlice();
  value(await containmentContain.run(context, { mailbox: ALICE }));
  assert.equal(value(await containmentRelease.run(context, { mailbox: ALICE })).rowsReleased, 2);
  assert.equal((await context.directory.account(ALICE))?.suspended, false);
  assert.ok((await context.queue.list({})).every(({ held }) => !held));
});

test("nobody who is not there is contained, shown or released", async () => {
  const context = await withAlice();
  const mailbox = "nobody@example.test";
  for (const useCase of [containmentContain, containmentShow, containmentRelease, containmentPurge])
    assert.match(refusal(await useCase.run(context, { mailbox })), /nobody@example\.test/);
});

test("alerts take an address and an https address, plain http to this machine only, and the empty text takes them away", async () => {
  const context = memoryAdminContext();
  const set = (input: object) => containmentAlerts.run(context, input);
  assert.deepEqual(value(await set({ mail: "ops@example.test", webhook: "https://hooks.example.test/x" })), {
    mail: "ops@example.test",
    webhook: "https://hooks.example.test/x",
  });
  for (const webhook of [
    "http://hooks.example.test/",
    "https://user:secret@hooks.example.test/",
    "ftp://hooks.example.test/",
    "hooks",
  ])
    assert.match(refusal(await set({ webhook })), /no https address/);
  assert.deepEqual(value(await set({ webhook: "", mail: "" })), {});
  assert.deepEqual(value(await set({ webhook: "http://127.0.0.1:8080/" })), {
    webhook: "http://127.0.0.1:8080/",
  });
});

test("limits are set one by one, shown with their use, and taken away again", async () => {
  const context = await withAlice();
  const set = (subject: string, ...changes: string[]) => limitsSet.run(context, { subject, changes });
  value(await set("account:*", "recipientsPerDay=100", "firstTimePerDay=20"));
  value(await set("Alice@Example.test", "recipientsPerDay=none"));
  value(await set("alice@example.test", "messagesPerHour=7"));
  assert.deepEqual(value(await limitsList.run(context, {})), [
    { subject: "account:*", rules: { recipientsPerDay: 100, firstTimePerDay: 20 } },
    { subject: `account:${ALICE}`, rules: { recipientsPerDay: "none", messagesPerHour: 7 } },
  ]);
  const shown = value(await limitsShow.run(context, { subject: ALICE }));
  assert.deepEqual(
    shown.limits.map(({ name, limit, used }) => [name, limit, used]),
    [
      ["messagesPerHour", 7, 2],
      ["messagesPerDay", null, 2],
      ["recipientsPerHour", null, 2],
      ["recipientsPerDay", null, 2],
      ["firstTimePerDay", 20, 1],
    ],
  );
  assert.deepEqual(shown.containment.firstTime, { from: 50, now: 1 });
  value(await set(ALICE, "recipientsPerDay=default", "messagesPerHour=default"));
  assert.equal(value(await limitsList.run(context, {})).length, 1);
});

test("all that is wrong with limits is said at once, and nothing is set then", async () => {
  const context = memoryAdminContext();
  const message = refusal(
    await limitsSet.run(context, {
      subject: "account:*",
      changes: ["recipientPerDay=5", "messagesPerDay=0", "x", "messagesPerHour=5"],
    }),
  );
  assert.match(message, /did you mean recipientsPerDay/);
  assert.match(message, /messagesPerDay: "0" is neither/);
  assert.match(message, /"x" sets nothing/);
  assert.deepEqual(value(await limitsList.run(context, {})), []);
});

test("limits are for accounts, post offices, entries and grants, in one spelling each", async () => {
  const context = memoryAdminContext();
  const subject = async (text: string) => {
    const result = await limitsShow.run(context, { subject: text });
    return result.ok ? result.value.subject : "refused";
  };
  assert.deepEqual(
    await Promise.all(
      [
        "A@Example.TEST",
        "account:Shop",
        "postoffice:Acme",
        "privileged:3",
        "grant:2001:DB8:0::7",
        "grant:*",
      ].map(subject),
    ),
    [
      "account:a@example.test",
      "account:shop",
      "postoffice:acme",
      "privileged:3",
      "grant:2001:db8::7",
      "grant:*",
    ],
  );
  for (const wrong of ["alice", "account:", "account:a b", "privileged:x", "grant:host", "local-sender:x"])
    assert.equal(await subject(wrong), "refused", wrong);
});
