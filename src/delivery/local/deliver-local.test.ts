import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageId, QueueId } from "../../core/ids.ts";
import { type Instant, instant, plusMs } from "../../core/instant.ts";
import { type MailboxDelivery, MailboxUnavailable } from "../../ports/mailbox-store.ts";
import { type ClaimedMessage, StoreUnavailable } from "../../ports/queue-store.ts";
import { deliverLocal } from "./deliver-local.ts";

const STARTED = instant(1000);
const BODY = "Received: from a by b\r\nSubject: hi\r\n\r\nDelivered-To: alice@example.test\r\n";

interface World {
  /** What a mailbox throws instead of taking the mail. */
  failing?: Record<string, Error>;
  directoryDown?: boolean;
  spool?: Record<string, string>;
}

function world({ failing = {}, directoryDown = false, spool = {} }: World = {}) {
  const delivered: { mailbox: string; text: string; delivery: MailboxDelivery }[] = [];
  const logged: string[] = [];
  const log = (event: string, fields?: object) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  const deliver = deliverLocal({
    directory: {
      account: async (key) => {
        if (directoryDown) throw new StoreUnavailable("no database");
        return key.startsWith("gone") ? undefined : { key, postoffice: "acme", suspended: false };
      },
    },
    mailboxes: {
      deliver: async (mailbox, delivery) => {
        if (failing[mailbox]) throw failing[mailbox];
        let text = delivery.header;
        for await (const chunk of delivery.body) text += Buffer.from(chunk).toString();
        delivered.push({ mailbox, text, delivery });
      },
    },
    bodies: {
      read: async function* (name) {
        const text = spool[name];
        if (text === undefined) throw new Error(`ENOENT: ${name}`);
        for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
      },
    },
    startedAt: STARTED,
    log: { info: log, warn: log, error: log },
  });
  return { deliver, delivered, logged };
}

function message(
  targets: string[],
  changes: {
    body?: string | { file: string };
    sender?: string;
    attempts?: number;
    acceptedAt?: Instant;
  } = {},
) {
  const { body = BODY, sender = "bob@peer.test", attempts = 0, acceptedAt = STARTED } = changes;
  return {
    envelope: { id: 7 as MessageId, acceptedAt, sender },
    body:
      typeof body === "string"
        ? { kind: "inline", bytes: Buffer.from(body) }
        : { kind: "file", name: body.file },
    rows: targets.map((target, i) => ({ id: (i + 1) as QueueId, target, attempts })),
  } as unknown as ClaimedMessage;
}

const summary = (outcomes: Awaited<ReturnType<ReturnType<typeof deliverLocal>>>) =>
  outcomes
    .toSorted((a, b) => a.row - b.row)
    .map(({ row, outcome }) => `${row} ${outcome.kind} ${outcome.status}`);

test("each mailbox gets the message under its own trace fields, and the body untouched", async () => {
  const { deliver, delivered } = world();
  const outcomes = await deliver(message(["carol@example.test", "dave@example.test"]));
  assert.deepEqual(summary(outcomes), ["1 delivered 2.1.5", "2 delivered 2.1.5"]);
  assert.ok(outcomes.every(({ handover }) => handover === "delivered"));
  const carol = delivered.find(({ mailbox }) => mailbox === "carol@example.test");
  assert.equal(carol?.text, `Return-Path: <bob@peer.test>\r\nDelivered-To: carol@example.test\r\n${BODY}`);
  assert.equal(carol?.delivery.postoffice, "acme");
});

test("the null path is written as such, and no sender can end the field", async () => {
  const { deliver, delivered } = world();
  await deliver(message(["carol@example.test"], { sender: "" }));
  await deliver(message(["carol@example.test"], { sender: "a\r\nX-Evil: yes\0@b.test" }));
  assert.ok(delivered[0]?.text.startsWith("Return-Path: <>\r\nDelivered-To"));
  assert.ok(delivered[1]?.text.startsWith("Return-Path: <aX-Evil: yes@b.test>\r\nDelivered-To"));
});

test("recipients that lead to one mailbox share one copy", async () => {
  const { deliver, delivered } = world();
  const outcomes = await deliver(message(["carol@example.test", "carol@example.test"]));
  assert.deepEqual(summary(outcomes), ["1 delivered 2.1.5", "2 delivered 2.1.5"]);
  assert.equal(delivered.length, 1);
});

test("a mailbox that the message has been in before fails, wherever the body is kept; the text below does not count", async () => {
  const looping = `Received: x\r\ndelivered-to:  Alice@Example.test\r\n${BODY}`;
  const { deliver, delivered } = world({ spool: { "body-1": looping } });
  for (const body of [looping, { file: "body-1" }]) {
    const outcomes = await deliver(message(["alice@example.test", "carol@example.test"], { body }));
    assert.deepEqual(summary(outcomes), ["1 failed 5.4.6", "2 delivered 2.1.5"]);
  }
  assert.deepEqual(summary(await deliver(message(["alice@example.test"]))), ["1 delivered 2.1.5"]);
  assert.equal(delivered.length, 3);
});

test("a mailbox that is no more fails for good; others of the message do not suffer", async () => {
  const outcomes = await world().deliver(message(["gone@example.test", "carol@example.test"]));
  assert.deepEqual(summary(outcomes), ["1 failed 5.1.1", "2 delivered 2.1.5"]);
});

test("what may pass is deferred, and the sender is told nothing about the inside", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left, write '/srv/secret'"), { code: "ENOSPC" });
  const failing = {
    "full@example.test": new MailboxUnavailable(full.message, { cause: full }),
    "broken@example.test": new MailboxUnavailable("EIO: /srv/secret"),
  };
  const cases: [World, target: string, status: string, body?: { file: string }][] = [
    [{ failing }, "full@example.test", "4.3.1"],
    [{ failing }, "broken@example.test", "4.3.0"],
    [{ directoryDown: true }, "carol@example.test", "4.3.0"],
    [{}, "carol@example.test", "4.3.0", { file: "not-there" }],
  ];
  for (const [given, target, status, body] of cases) {
    const { deliver, logged } = world(given);
    const outcomes = await deliver(message([target], body ? { body } : {}));
    assert.deepEqual(summary(outcomes), [`1 deferred ${status}`]);
    assert.doesNotMatch(outcomes[0]!.outcome.diagnostic, /secret|database|ENOENT/);
    assert.equal(logged.length, 1);
  }
});

test("the mailbox store is told whether there may have been an attempt before, by this process or one that is gone", async () => {
  const { deliver, delivered } = world();
  await deliver(message(["carol@example.test"]));
  await deliver(message(["carol@example.test"], { attempts: 1 }));
  await deliver(message(["carol@example.test"], { acceptedAt: plusMs(STARTED, -1) }));
  assert.deepEqual(
    delivered.map(({ delivery }) => delivery.retried),
    [false, true, true],
  );
});
