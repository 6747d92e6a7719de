import assert from "node:assert/strict";
import { test } from "node:test";
import { address, ip, NOW } from "../../test/support/relay-facts.ts";
import { manualTime } from "../adapters/memory/manual-time.ts";
import { memoryBodyStore } from "../adapters/memory/memory-body-store.ts";
import { memoryContainmentStore } from "../adapters/memory/memory-containment-store.ts";
import { memoryDirectory } from "../adapters/memory/memory-directory.ts";
import { memoryDirectoryTables } from "../adapters/memory/memory-directory-tables.ts";
import { memoryGrantStore } from "../adapters/memory/memory-grant-store.ts";
import { memoryJournal } from "../adapters/memory/memory-journal.ts";
import { memoryQueueStore } from "../adapters/memory/memory-queue-store.ts";
import { memorySendingState } from "../adapters/memory/memory-sending-state.ts";
import { parseDomain } from "../core/domain.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../core/ids.ts";
import { err, ok } from "../core/result.ts";
import { sampleMessage } from "../ports/contract/sample-message.ts";
import { startContainmentDesk } from "./containment-desk.ts";

const ALICE = "alice@example.test";

/** A mail host in memory with alice contained, and a desk that has not looked yet. */
async function contained(webhook?: { answers: ("ok" | "fails")[] }) {
  const time = manualTime(NOW);
  const tables = memoryDirectoryTables();
  const state = memorySendingState(tables);
  const journal = memoryJournal();
  const directory = memoryDirectory(tables);
  const domain = parseDomain("example.test");
  assert.ok(domain);
  await directory.addPostoffice("acme");
  await directory.addDomain(domain, "acme");
  await directory.addMailbox(address("postmaster@example.test"), undefined);
  await directory.addMailbox(address(ALICE), undefined);
  const grants = memoryGrantStore();
  await grants.allow(ip("192.0.2.7"), ALICE, NOW);
  await grants.allow(ip("192.0.2.8"), "bob@example.test", NOW);
  const queue = memoryQueueStore(journal, state);
  for (const n of [1, 2])
    await queue.accept(
      sampleMessage(n, {
        text: `Subject: prize ${n}\r\n\r\nbody`,
        envelope: { origin: { client: "192.0.2.1", listener: "submission", login: ALICE } },
      }),
    );
  const containments = memoryContainmentStore(state);
  await containments.contain({ account: ALICE, cause: "too\r\nmuch", by: "rule", at: NOW });
  if (webhook) await containments.setAlerts({ webhook: "https://hooks.example.test/" });
  const posts: Readonly<Record<string, string>>[] = [];
  const ended: string[] = [];
  const nextId = idSource<"Test">(time.clock, 1e9);
  const options = {
    containments,
    queue,
    bodies: memoryBodyStore(),
    journal,
    grants,
    directory,
    endSessionsOf: (account: string) => ended.push(account),
    postWebhook: async (_: string, json: Readonly<Record<string, string>>) => {
      posts.push(json);
      return webhook?.answers.shift() === "fails" ? err("it answered 503") : ok(undefined);
    },
    wakeQueue: () => {},
    newId: {
      message: () => Number(nextId()) as MessageId,
      queue: () => Number(nextId()) as QueueId,
      decision: () => Number(nextId()) as DecisionId,
    },
    hostname: domain,
    clock: time.clock,
    timers: time.timers,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  };
  return { options, time, posts, ended, grants, queue, containments };
}

/** Lets all that waits for nothing but promises happen. */
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await new Promise(setImmediate);
}

test("sessions and grants of the account end, its sample is kept, and the postmaster is told", async () => {
  const { options, ended, grants, queue, containments } = await contained();
  const desk = startContainmentDesk(options);
  await settled();
  desk.stop();
  assert.deepEqual(ended, [ALICE]);
  assert.deepEqual(
    (await grants.list()).grants.map(({ client }) => client),
    ["192.0.2.8"],
  );
  const shown = await containments.show(ALICE);
  assert.deepEqual(
    shown?.sample.map(({ header }) => header),
    ["Subject: prize 1\r\n\r\n", "Subject: prize 2\r\n\r\n"],
  );
  const [mail] = await queue.list({ lane: "local" });
  assert.equal(mail?.row.target, "postmaster@example.test");
  const body = mail && (await queue.readBody(mail.envelope.id));
  const text = body?.kind === "inline" ? Buffer.from(body.bytes).toString() : "";
  assert.match(text, /^Subject: alice@example\.test may not send any more\r$/m);
  // What others have written ends no line.
  assert.match(text, /^too {2}much\r$/m);
});

test("a containment is seen to once, and one made later within a second", async () => {
  const { options, ended, containments, time } = await contained();
  const desk = startContainmentDesk(options);
  await settled();
  time.advance(5000);
  await settled();
  assert.deepEqual(ended, [ALICE]);
  await containments.contain({ account: "postmaster@example.test", cause: "x", by: "cli:bob", at: NOW });
  time.advance(1000);
  await settled();
  assert.deepEqual(ended, [ALICE, "postmaster@example.test"]);
  desk.stop();
});

test("a webhook that fails is asked again, longer and longer apart, and no more once it has answered", async () => {
  const { options, posts, time } = await contained({ answers: ["fails", "fails", "ok"] });
  const desk = startContainmentDesk(options);
  const after = async (ms: number) => {
    time.advance(ms);
    await settled();
    return posts.length;
  };
  await settled();
  assert.equal(posts.length, 1);
  assert.equal(posts[0]?.["account"], ALICE);
  assert.equal(await after(4999), 1);
  assert.equal(await after(1), 2);
  assert.equal(await after(30_000), 3);
  assert.equal(await after(3_600_000), 3);
  desk.stop();
});

test("a webhook that never answers is given up, and the end of the desk ends the waiting", async () => {
  const never = await contained({ answers: Array.from({ length: 20 }, () => "fails" as const) });
  const desk = startContainmentDesk(never.options);
  for (const ms of [0, 5000, 30_000, 120_000, 600_000, 3_600_000]) {
    never.time.advance(ms);
    await settled();
  }
  assert.equal(never.posts.length, 5);
  desk.stop();
  assert.equal(never.time.pending(), 0);
});

test("what fails is done again at the next look", async () => {
  const { options, containments, time } = await contained();
  let failures = 1;
  const list: typeof options.queue.list = async (filter) => {
    failures -= 1;
    if (failures >= 0) throw new Error("busy");
    return options.queue.list(filter);
  };
  const desk = startContainmentDesk({ ...options, queue: { ...options.queue, list } });
  await settled();
  assert.equal((await containments.pending()).length, 1);
  time.advance(1000);
  await settled();
  assert.equal((await containments.pending()).length, 0);
  desk.stop();
});
