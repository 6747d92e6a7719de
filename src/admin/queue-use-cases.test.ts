import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext, NOON } from "../../test/support/memory-admin-context.ts";
import { formatId, idSource } from "../core/ids.ts";
import { plusMs } from "../core/instant.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type { Lane } from "../ports/queue-store.ts";
import type { AdminContext } from "./admin-context.ts";
import { journalSearch, journalShow } from "./journal.ts";
import { mailboxResume, mailboxSuspend } from "./mailboxes.ts";
import { queueDrop, queueHold, queueList, queueRelease, queueRetry, queueShow, queueStats } from "./queue.ts";
import { readAddress, readDomain } from "./read-input.ts";
import { relaySet } from "./relay-settings.ts";

const nextId = idSource<"MessageId" & "DecisionId" & "QueueId">(() => NOON);

/** Puts a message for one recipient into the queue; gives the row's id as people see it. */
async function queued(
  context: AdminContext,
  lane: Lane,
  recipient: string,
  body = "inline",
): Promise<string> {
  const message = nextId();
  const row = nextId();
  const decision: JournalEntry = {
    id: nextId(),
    at: NOON,
    message,
    client: "192.0.2.7",
    listener: "submission",
    tls: true,
    helo: "pc.example.test",
    login: "alice@example.test",
    sender: "alice@example.test",
    recipient,
    verdict: lane === "local" ? "deliver" : "relay",
    reason: lane === "local" ? "local-recipient" : "granted-authenticated",
    grounds: ["authenticated"],
    identity: "account:alice@example.test",
    policy: 1,
    reply: "250 2.1.5 OK",
  };
  await context.queue.accept({
    envelope: {
      id: message,
      acceptedAt: NOON,
      expiresAt: plusMs(NOON, 5 * 86_400_000),
      sender: "alice@example.test",
      size: 1000,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "192.0.2.7", listener: "submission", login: "alice@example.test" },
    },
    body: body === "inline" ? { kind: "inline", bytes: Buffer.from("x") } : { kind: "file", name: body },
    rows: [
      {
        id: row,
        lane,
        recipient,
        target: recipient,
        destination: lane === "local" ? "" : recipient.slice(recipient.indexOf("@") + 1),
        decision: decision.id,
      },
    ],
    decisions: [decision],
  });
  return formatId(row);
}

/** The value of a use case that was done. */
function outputOf<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  assert.ok(result.ok, result.ok ? "" : result.error.message);
  return result.value;
}

async function statesOf(context: AdminContext): Promise<string[]> {
  return outputOf(await queueList.run(context, {})).map(({ state }) => state);
}

test("with relay off outbound rows show as held by it, local ones do not", async () => {
  const context = memoryAdminContext();
  await queued(context, "outbound", "bob@other.test");
  await queued(context, "local", "carol@example.test");
  assert.deepEqual(await statesOf(context), ["waiting", "waiting"]);
  await relaySet.run(context, { changes: ["relay.enabled=false"] });
  assert.deepEqual(await statesOf(context), ["relay-off", "waiting"]);
  assert.equal(outputOf(await queueStats.run(context, {})).outboundHeldByRelayOff, true);
});

test("a row shows its message, its answers and the decision that took it", async () => {
  const context = memoryAdminContext();
  const id = await queued(context, "outbound", "bob@other.test");
  const row = outputOf(await queueShow.run(context, { id: id.toLowerCase() }));
  assert.equal(row.recipient, "bob@other.test");
  assert.equal(row.login, "alice@example.test");
  assert.equal(row.expiresAt, "2026-11-29T12:00:00.000Z");
  const decision = outputOf(await journalShow.run(context, { id: row.decision }));
  assert.equal(decision.reason, "granted-authenticated");
  assert.equal(decision.at, "2026-11-24T12:00:00.000Z");
  assert.equal(decision.message, row.message);
  assert.ok(!(await queueShow.run(context, { id: "ZZZ" })).ok);
  assert.ok(!(await journalShow.run(context, { id: "no id" })).ok);
});

test("rows are held, released and dropped by id or filter, and only a release or retry wakes the queue", async () => {
  let woken = 0;
  const context = memoryAdminContext({
    wakeQueue: () => {
      woken += 1;
    },
  });
  const first = await queued(context, "outbound", "bob@other.test");
  await queued(context, "outbound", "carol@third.test");
  assert.deepEqual(outputOf(await queueHold.run(context, { ids: [first] })), { action: "hold", rows: 1 });
  assert.deepEqual(await statesOf(context), ["held", "waiting"]);
  assert.equal(woken, 0);
  assert.equal(outputOf(await queueRelease.run(context, { destination: "other.test" })).rows, 1);
  assert.equal(outputOf(await queueRetry.run(context, { all: true })).rows, 2);
  assert.equal(woken, 2);
  assert.equal(outputOf(await queueDrop.run(context, { login: "alice@example.test" })).rows, 2);
  assert.deepEqual(await statesOf(context), []);
});

test("dropping a message deletes the body that it was the last to need", async () => {
  const removed: string[] = [];
  const context = memoryAdminContext({ bodies: { remove: async (name) => void removed.push(name) } });
  const id = await queued(context, "outbound", "bob@other.test", "body-file");
  await queueDrop.run(context, { ids: [id] });
  assert.deepEqual(removed, ["body-file"]);
});

test("a selection must be made, in one way", async () => {
  const context = memoryAdminContext();
  await queued(context, "outbound", "bob@other.test");
  for (const input of [{}, { all: false }, { all: true, lane: "local" }, { ids: ["!"] }]) {
    const refused = await queueDrop.run(context, input);
    assert.equal(refused.ok ? "" : refused.error.code, "invalid-input", JSON.stringify(input));
  }
  const missing = await queueDrop.run(context, { ids: ["ZZZ"] });
  assert.equal(missing.ok ? "" : missing.error.code, "not-found");
  assert.equal((await statesOf(context)).length, 1);
});

test("a suspended mailbox's outbound mail is held, and stays so until somebody releases it", async () => {
  const context = memoryAdminContext();
  const { directory } = context;
  await directory.addPostoffice("acme");
  await directory.addDomain(outputOf(readDomain("", "example.test")), "acme");
  await directory.addMailbox(outputOf(readAddress("", "alice@example.test")), undefined);
  await queued(context, "outbound", "bob@other.test");
  await queued(context, "local", "carol@example.test");
  const suspended = outputOf(await mailboxSuspend.run(context, { mailbox: "alice@example.test" }));
  assert.equal(suspended.rowsHeld, 1);
  assert.deepEqual(await statesOf(context), ["held", "waiting"]);
  const resumed = outputOf(await mailboxResume.run(context, { mailbox: "alice@example.test" }));
  assert.equal(resumed.rowsHeld, 1);
  assert.deepEqual(await statesOf(context), ["held", "waiting"]);
});

test("the journal is searched by time back from now and by words", async () => {
  const context = memoryAdminContext({ clock: () => plusMs(NOON, 3_600_000) });
  await queued(context, "outbound", "bob@other.test");
  const count = async (input: object): Promise<number> =>
    outputOf(await journalSearch.run(context, input)).length;
  assert.equal(await count({}), 1);
  assert.equal(await count({ since: "2h", recipient: "bob@other.test" }), 1);
  assert.equal(await count({ since: "30m" }), 0);
  assert.equal(await count({ until: "2026-11-24" }), 0);
  assert.equal(await count({ reason: "denied-no-ground" }), 0);
  const refused = await journalSearch.run(context, { since: "yesterday" });
  assert.equal(refused.ok ? "" : refused.error.problems?.[0]?.path, "since");
});
