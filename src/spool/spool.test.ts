import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { address, NOW } from "../../test/support/relay-facts.ts";
import { memoryBodyStore } from "../adapters/memory/memory-body-store.ts";
import { memoryJournal } from "../adapters/memory/memory-journal.ts";
import { memoryQueueStore } from "../adapters/memory/memory-queue-store.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../core/ids.ts";
import { instant } from "../core/instant.ts";
import type { HandOver } from "../ports/hand-over.ts";
import type { JournalEntry } from "../ports/journal.ts";
import { type ClaimedMessage, type Lane, type QueueStore, StoreUnavailable } from "../ports/queue-store.ts";
import type { Target } from "../relay/facts.ts";
import { recoverSpool, type Submission, spool } from "./spool.ts";

function setting(wrap: (store: QueueStore) => QueueStore = (store) => store, handOver?: HandOver) {
  const journal = memoryJournal();
  const store = memoryQueueStore(journal);
  const bodies = memoryBodyStore();
  const nextId = idSource<"Test">(() => NOW);
  const woken: Lane[][] = [];
  const spooled = spool({
    store: wrap(store),
    bodies,
    inlineMaxBytes: 10,
    lifetimeMs: 1000,
    newQueueId: () => Number(nextId()) as QueueId,
    newDecisionId: () => Number(nextId()) as DecisionId,
    ...(handOver ? { handOver } : {}),
    onAccepted: (lanes) => void woken.push([...lanes].sort()),
  });
  return { journal, store, bodies, spooled, woken };
}

function decision(id: number, recipient: string): JournalEntry {
  return {
    id: id as DecisionId,
    at: NOW,
    client: "192.0.2.1",
    listener: "mx",
    tls: false,
    helo: "client.test",
    sender: "someone@elsewhere.test",
    recipient,
    verdict: "deliver",
    reason: "local-recipient",
    grounds: [],
    identity: "anonymous",
    policy: 1,
    reply: "250 2.1.5 OK",
  };
}

function submission(
  recipients: Record<string, Target[]>,
  body: Submission["body"] = { kind: "inline", bytes: Buffer.from("x") },
): Submission {
  return {
    envelope: {
      id: 99 as MessageId,
      acceptedAt: NOW,
      sender: "someone@elsewhere.test",
      size: 1,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "192.0.2.1", listener: "mx" },
    },
    body,
    recipients: Object.entries(recipients).map(([text, targets], i) => ({
      text,
      targets,
      decision: decision(i + 1, text),
    })),
  };
}

const alice: Target = { kind: "mailbox", mailbox: "alice@example.test" };
const away: Target = { kind: "remote", address: address("bob@remote.test"), chargedTo: "bob@example.test" };

/** Hands for one lane, with what becomes of what was reserved. */
function hands(free: Lane) {
  const begun: ClaimedMessage[] = [];
  const counts = { reserved: 0, cancelled: 0 };
  const handOver: HandOver = {
    reserve(lane, rows) {
      if (lane !== free) return undefined;
      counts.reserved += rows;
      return {
        leaseUntil: instant(NOW + 5000),
        begin: (message) => void begun.push(message),
        cancel() {
          counts.cancelled += rows;
        },
      };
    },
  };
  return { begun, counts, handOver };
}

describe("handing a message over to its first attempt", () => {
  test("where hands are free it goes to them, leased in the store, and only the other lane is woken", async () => {
    const { begun, counts, handOver } = hands("outbound");
    const { spooled, store, woken } = setting(undefined, handOver);
    await spooled.accept(submission({ "alice@example.test": [alice, away] }));
    assert.deepEqual(
      begun.map(({ envelope, rows }) => [
        envelope.id,
        rows.map(({ target, attempts }) => [target, attempts]),
      ]),
      [[99, [["bob@remote.test", 0]]]],
    );
    assert.deepEqual(counts, { reserved: 1, cancelled: 0 });
    assert.deepEqual(woken, [["local"]]);
    const entries = await store.list({});
    assert.deepEqual(
      entries.map(({ row, leased, nextAttemptAt }) => [row.lane, leased, nextAttemptAt - NOW]),
      [
        ["local", false, 0],
        ["outbound", true, 5000],
      ],
    );
  });

  test("a message that is not kept is attempted by nobody, and its hands are free again", async () => {
    const { begun, counts, handOver } = hands("local");
    const accept = () => Promise.reject(new StoreUnavailable("the disk is full"));
    const { spooled } = setting((store) => ({ ...store, accept }), handOver);
    await assert.rejects(spooled.accept(submission({ "alice@example.test": [alice] })), StoreUnavailable);
    assert.deepEqual([begun.length, counts], [0, { reserved: 1, cancelled: 1 }]);
  });
});

describe("accepting a message", () => {
  test("a mailbox that two recipients lead to gets one row", async () => {
    const { spooled, store, woken } = setting();
    await spooled.accept(submission({ "alice@example.test": [alice], "team@example.test": [alice] }));
    assert.deepEqual(
      (await store.list({})).map(({ row }) => row.target),
      ["alice@example.test"],
    );
    assert.deepEqual(woken, [["local"]]);
  });

  test("a forward elsewhere is an outbound row and is journaled as its owner's relay", async () => {
    const { spooled, store, journal, woken } = setting();
    await spooled.accept(submission({ "bob@example.test": [alice, away] }));
    const rows = (await store.list({}))
      .map(({ row }) => `${row.lane} ${row.target} ${row.destination}`)
      .sort();
    assert.deepEqual(rows, ["local alice@example.test ", "outbound bob@remote.test remote.test"]);
    const relayed = (await journal.search({})).filter(({ verdict }) => verdict === "relay");
    assert.deepEqual(
      relayed.map(({ identity, recipient }) => [identity, recipient]),
      [["account:bob@example.test", "bob@remote.test"]],
    );
    assert.deepEqual(woken, [["local", "outbound"]]);
  });

  test("every decision is journaled with the message it belongs to", async () => {
    const { spooled, journal } = setting();
    await spooled.accept(submission({ "alice@example.test": [alice], "team@example.test": [alice] }));
    assert.deepEqual(
      (await journal.search({})).map(({ message }) => message),
      [99, 99],
    );
  });

  test("a store that fails wakes nobody, and its body is left for recovery, since the row may have been kept", async () => {
    const { spooled, bodies, woken } = setting((store) => ({
      ...store,
      accept: () => Promise.reject(new StoreUnavailable("not synced", { mayBeKept: true })),
    }));
    const sink = spooled.openBody();
    await sink.write(Buffer.from("more than ten bytes"));
    const body = await sink.finish();
    assert.equal(body.kind, "file");
    await assert.rejects(
      spooled.accept(submission({ "alice@example.test": [alice] }, body)),
      StoreUnavailable,
    );
    assert.equal((await bodies.list()).length, 1);
    assert.deepEqual(woken, []);
  });

  test("the body of a message that was not kept for certain goes at once, so that a full disk gets no fuller", async () => {
    const accept = () => Promise.reject(new StoreUnavailable("the disk is full", { full: true }));
    const { spooled, bodies } = setting((store) => ({ ...store, accept }));
    const sink = spooled.openBody();
    await sink.write(Buffer.from("more than ten bytes"));
    const body = await sink.finish();
    await assert.rejects(spooled.accept(submission({ "alice@example.test": [alice] }, body)), /full/);
    assert.deepEqual(await bodies.list(), []);
  });
});

describe("a body", () => {
  test("up to the bound it stays in memory, byte for byte, also when the chunks are reused", async () => {
    const { spooled, bodies } = setting();
    const sink = spooled.openBody();
    const chunk = Buffer.from("12345");
    await sink.write(chunk);
    chunk.fill(0);
    await sink.write(Buffer.from("67890"));
    const body = await sink.finish();
    assert.ok(body.kind === "inline");
    assert.equal(Buffer.from(body.bytes).toString(), "1234567890");
    assert.equal(sink.size, 10);
    assert.deepEqual(await bodies.list(), []);
  });

  test("over the bound all of it is in a file, and the head can still be looked at", async () => {
    const { spooled, bodies } = setting();
    const sink = spooled.openBody();
    for (const text of ["Subject: x\r\n", "\r\nbody"]) await sink.write(Buffer.from(text));
    const body = await sink.finish();
    assert.ok(body.kind === "file");
    const chunks: Uint8Array[] = [];
    for await (const chunk of bodies.read(body.name)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), "Subject: x\r\n\r\nbody");
    assert.ok(sink.head().toString().startsWith("Subject: x"));
  });

  test("a discarded body leaves nothing", async () => {
    const { spooled, bodies } = setting();
    const sink = spooled.openBody();
    await sink.write(Buffer.from("more than ten bytes"));
    await sink.discard();
    assert.deepEqual(await bodies.list(), []);
  });

  test("a body that is discarded while its file is being made leaves nothing", async () => {
    const { spooled, bodies } = setting();
    const sink = spooled.openBody();
    const written = sink.write(Buffer.from("more than ten bytes"));
    await sink.discard();
    await written;
    assert.deepEqual(await bodies.list(), []);
  });
});

test("recovery deletes the bodies that no message knows and keeps the others", async () => {
  const { spooled, store, bodies } = setting();
  const keep = spooled.openBody();
  await keep.write(Buffer.from("a body that is kept"));
  const body = await keep.finish();
  await spooled.accept(submission({ "alice@example.test": [alice] }, body));
  const orphan = await bodies.create();
  await orphan.write(Buffer.from("cut off"));
  await orphan.commit();
  assert.deepEqual(await recoverSpool(store, bodies), { leases: 0, orphans: 1 });
  assert.deepEqual(await bodies.list(), body.kind === "file" ? [body.name] : []);
});
