import assert from "node:assert/strict";
import { test } from "node:test";
import { manualTime } from "../../adapters/memory/manual-time.ts";
import { type ScriptedPeer, scriptedPeer } from "../../adapters/memory/scripted-peer.ts";
import type { MessageId, QueueId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import type { Envelope, QueueRow } from "../../ports/queue-store.ts";
import { openSession } from "./client-session.ts";
import type { PeerProfile } from "./handshake.ts";
import type { Transaction, TransactionEnd } from "./transaction.ts";

const PROFILE: PeerProfile = {
  remote: "mx.peer.test [192.0.2.1]",
  helo: "mx.postern.test",
  tls: "may",
  serverName: "mx.peer.test",
  clearPassword: false,
  nonce: () => "nonce",
};
const GREETING = ["S: 220 mx.peer.test ESMTP", "C: EHLO mx.postern.test"];
/** An EHLO reply with these keywords. */
const offers = (...keywords: string[]) =>
  ["mx.peer.test", ...keywords].map((word, i) => `S: 250${i < keywords.length ? "-" : " "}${word}`);
const PIPELINING = [...GREETING, ...offers("PIPELINING", "8BITMIME")];
const STEP_BY_STEP = [...GREETING, ...offers()];

function envelope(changes: Partial<Envelope> = {}): Envelope {
  return {
    id: 7 as MessageId,
    acceptedAt: instant(0),
    expiresAt: instant(1e9),
    sender: "alice@example.test",
    size: 20,
    smtpUtf8: false,
    eightBit: false,
    origin: { client: "192.0.2.9", listener: "mx" },
    ...changes,
  };
}
const row = (target: string, id: number, changes: Partial<QueueRow> = {}): QueueRow =>
  ({
    id: id as QueueId,
    lane: "outbound",
    recipient: target,
    target,
    destination: "peer.test",
    ...changes,
  }) as QueueRow;

function message(changes: Partial<Transaction> = {}): Transaction {
  return {
    envelope: envelope(),
    rows: [row("bob@peer.test", 1)],
    header: async () => Buffer.from("Subject: hi\r\n\r\n"),
    body: () => Buffer.from("Subject: hi\r\n\r\n.hi\r\n"),
    ...changes,
  };
}
const BODY = ["C: Subject: hi", "C: ", "C: ..hi", "C: ."];

async function open(script: string[], profile: Partial<PeerProfile> = {}) {
  const peer = scriptedPeer(script);
  const session = await openSession(peer.wire, { ...PROFILE, ...profile }, manualTime().timers);
  return { peer, session };
}

/** Plays a whole script with one message and returns what became of it. */
async function send(script: string[], transaction = message(), profile: Partial<PeerProfile> = {}) {
  const { peer, session } = await open(script, profile);
  assert.ok(session.ok, JSON.stringify(session));
  const end = await session.value.send(transaction);
  return { peer, end, session: session.value };
}

function summary({ outcomes, undecided, loss }: TransactionEnd): string[] {
  const rows = outcomes.map(({ row: id, outcome, handover, retryAfterMs }) =>
    [id, outcome.kind, outcome.status, handover, retryAfterMs].filter((word) => word !== undefined).join(" "),
  );
  return [...rows, ...undecided.map(({ id }) => `${id} undecided`), ...(loss ? [`loss ${loss.status}`] : [])];
}
const assertPlayed = (peer: ScriptedPeer) => assert.deepEqual(peer.rest(), []);

test("with pipelining a message is two writes, and the session serves the next one", async () => {
  const one = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const answer = ["S: 250 ok", "S: 250 ok", "S: 354 go on", ...BODY, "S: 250 2.0.0 queued as 1"];
  const { peer, end, session } = await send([...PIPELINING, ...one, ...answer, ...one, ...answer, "C: QUIT"]);
  assert.deepEqual(summary(end), ["1 delivered 2.0.0 relayed"]);
  assert.deepEqual(summary(await session.send(message())), ["1 delivered 2.0.0 relayed"]);
  assert.ok(session.usable());
  session.quit();
  assertPlayed(peer);
  assert.equal(peer.writes.length, 1 + 2 + 2 + 1);
  assert.equal(peer.ended(), "closed");
});

test("without pipelining every command waits for its reply", async () => {
  const rows = [row("bob@peer.test", 1), row("no@peer.test", 2)];
  const { peer, end } = await send(
    [
      ...STEP_BY_STEP,
      "C: MAIL FROM:<alice@example.test>",
      "S: 250 ok",
      "C: RCPT TO:<bob@peer.test>",
      "S: 251 ok",
      "C: RCPT TO:<no@peer.test>",
      "S: 550 5.1.1 no such user",
      "C: DATA",
      "S: 354 go on",
      ...BODY,
      "S: 250 ok",
    ],
    message({ rows }),
  );
  assert.deepEqual(summary(end), ["2 failed 5.1.1", "1 delivered 2.0.0 relayed"]);
  assertPlayed(peer);
});

test("a refused sender or no recipient at all ends without a message, and RSET clears the way", async () => {
  const mail = "C: MAIL FROM:<alice@example.test>";
  const to = "C: RCPT TO:<bob@peer.test>";
  const { peer, end, session } = await send([
    ...STEP_BY_STEP,
    ...[mail, "S: 550 5.7.1 not you"],
    ...[mail, "S: 250 ok", to, "S: 450 4.2.1 later"],
    ...["C: RSET", "S: 250 ok", mail, "S: 250 ok", to, "S: 250 ok", "C: DATA", "S: 451 4.3.0 not now"],
  ]);
  assert.deepEqual(summary(end), ["1 failed 5.7.1"]);
  assert.deepEqual(summary(await session.send(message())), ["1 deferred 4.2.1"]);
  assert.deepEqual(summary(await session.send(message())), ["1 deferred 4.3.0"]);
  assertPlayed(peer);
});

test("with pipelining all replies are read after a refusal, and a needless 354 is ended with a dot", async () => {
  const one = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const { peer, end, session } = await send([
    ...PIPELINING,
    ...[...one, "S: 550 5.7.1 not you", "S: 503 5.5.1 no", "S: 503 5.5.1 no"],
    ...[...one, "S: 250 ok", "S: 550 5.1.1 who?", "S: 354 go on", "C: .", "S: 554 5.5.1 no recipients"],
    ...[...one, "S: 250 ok", "S: 550 5.1.1 who?", "S: 503 5.5.1 no"],
    ...["C: RSET", ...one, "S: 250 ok", "S: 250 ok", "S: 250 ok", "S: 354 go on", ...BODY, "S: 250 ok"],
  ]);
  assert.deepEqual(summary(end), ["1 failed 5.7.1"]);
  assert.deepEqual(summary(await session.send(message())), ["1 failed 5.1.1"]);
  assert.deepEqual(summary(await session.send(message())), ["1 failed 5.1.1"]);
  assert.deepEqual(summary(await session.send(message())), ["1 delivered 2.0.0 relayed"]);
  assertPlayed(peer);
});

test("recipients that are only too many come again soon", async () => {
  const rows = [1, 2, 3].map((id) => row(`r${id}@peer.test`, id));
  const { end } = await send(
    [
      ...PIPELINING,
      "C: MAIL FROM:<alice@example.test>",
      ...rows.map(({ target }) => `C: RCPT TO:<${target}>`),
      "C: DATA",
      ...["S: 250 ok", "S: 250 ok", "S: 452 4.5.3 too many", "S: 552 too many", "S: 354 go on"],
      ...[...BODY, "S: 250 ok"],
    ],
    message({ rows }),
  );
  assert.deepEqual(summary(end), [
    "2 deferred 4.5.3 60000",
    "3 deferred 4.1.0 60000",
    "1 delivered 2.0.0 relayed",
  ]);
});

test("what the sender asked for goes on to a peer that offers it", async () => {
  const asked = envelope({ eightBit: true, smtpUtf8: true, ret: "HDRS", envid: "a+b" });
  const rows = [
    row("bob@peer.test", 1, { notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;b+c@example.test" }),
    row("jörg@peer.test", 2, { notify: ["NEVER"] }),
  ];
  const { peer, end } = await send(
    [
      ...GREETING,
      ...offers("PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "DSN"),
      "C: MAIL FROM:<alice@example.test> SIZE=20 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb",
      "C: RCPT TO:<bob@peer.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bc@example.test",
      `C: RCPT TO:<${Buffer.from("jörg").toString("latin1")}@peer.test> NOTIFY=NEVER`,
      ...["C: DATA", "S: 250 ok", "S: 250 ok", "S: 250 ok", "S: 354 go on", ...BODY, "S: 250 ok"],
    ],
    message({ envelope: asked, rows }),
  );
  assert.deepEqual(summary(end), ["1 delivered 2.0.0 passed-on", "2 delivered 2.0.0 passed-on"]);
  assertPlayed(peer);
});

test("what the peer cannot take is not offered to it", async () => {
  const utf8 = envelope({ smtpUtf8: true });
  const rows = [row("jörg@peer.test", 1), row("bob@peer.test", 2)];
  const eightBitHeader = async () => Buffer.from("Subject: grüße\r\n\r\n");
  const table: [Partial<Transaction>, string[]][] = [
    [{ envelope: envelope({ size: 1001 }) }, ["1 failed 5.3.4"]],
    [{ envelope: envelope({ eightBit: true }) }, ["1 failed 5.6.3"]],
    [{ envelope: { ...utf8, sender: "jörg@example.test" } }, ["1 failed 5.6.7"]],
    [{ envelope: utf8, header: eightBitHeader }, ["1 failed 5.6.7"]],
    [{ envelope: envelope({ sender: "a\r\nRSET@example.test" }) }, ["1 failed 5.1.7"]],
    [{ rows: [row("a\r\nRSET@peer.test", 1)] }, ["1 failed 5.1.3"]],
  ];
  for (const [changes, outcomes] of table) {
    const { peer, end } = await send([...GREETING, ...offers("SIZE 1000")], message(changes));
    assert.deepEqual(summary(end), outcomes);
    assertPlayed(peer);
  }
  const script = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const answers = ["S: 250 ok", "S: 250 ok", "S: 354 go on", ...BODY, "S: 250 ok"];
  const { end } = await send([...PIPELINING, ...script, ...answers], message({ envelope: utf8, rows }));
  assert.deepEqual(
    summary(end),
    ["1 failed 5.6.7", "2 delivered 2.0.0 relayed"],
    "plain mail goes as plain mail",
  );
});

test("a connection that is lost before the message leaves open what was not refused", async () => {
  const rows = [row("no@peer.test", 1), row("bob@peer.test", 2)];
  const start = [
    "C: MAIL FROM:<alice@example.test>",
    "C: RCPT TO:<no@peer.test>",
    "C: RCPT TO:<bob@peer.test>",
    "C: DATA",
  ];
  const table: [string[], string[]][] = [
    [["S: 421 4.3.2 going down"], ["1 undecided", "2 undecided", "loss 4.3.2"]],
    [
      ["S: 250 ok", "S: 550 5.1.1 who?", "S: *close*"],
      ["1 failed 5.1.1", "2 undecided", "loss 4.4.2"],
    ],
    [
      ["S: 250 ok", "S: 550 5.1.1 who?", "S: 250 ok", "S: 421 4.3.2 bye"],
      ["1 failed 5.1.1", "2 undecided", "loss 4.3.2"],
    ],
    [["S: this is not SMTP"], ["1 undecided", "2 undecided", "loss 4.5.0"]],
  ];
  for (const [answers, outcomes] of table) {
    const { end, session, peer } = await send([...PIPELINING, ...start, ...answers], message({ rows }));
    assert.deepEqual(summary(end), outcomes);
    assert.ok(!session.usable());
    assertPlayed(peer);
  }
});

test("once the message is out, a lost reply defers it and no other host gets it now", async () => {
  const start = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const ready = [...PIPELINING, ...start, "S: 250 ok", "S: 250 ok", "S: 354 go on", ...BODY];
  for (const [last, outcome] of [
    ["S: *close*", "1 deferred 4.4.2"],
    ["S: 421 4.3.2 going down", "1 deferred 4.3.2"],
    ["S: 554 5.7.1 spam", "1 failed 5.7.1"],
  ] as const) {
    const { end, session } = await send([...ready, last]);
    assert.deepEqual(summary(end), [outcome], last);
    assert.equal(session.usable(), last.startsWith("S: 554"), last);
  }
});

test("a body in pieces is stuffed across them and waits for room", async () => {
  const start = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const peer = scriptedPeer(
    [...PIPELINING, ...start, "S: 250 ok", "S: 250 ok", "S: 354 go", ...BODY, "S: 250 ok"],
    "drains",
  );
  const session = await openSession(peer.wire, PROFILE, manualTime().timers);
  async function* pieces() {
    for (const piece of ["Subject: hi\r", "\n\r\n", ".hi\r\n"]) yield Buffer.from(piece);
  }
  assert.ok(session.ok);
  assert.deepEqual(summary(await session.value.send(message({ body: pieces }))), [
    "1 delivered 2.0.0 relayed",
  ]);
  assertPlayed(peer);
});

test("a body that cannot be read to its end is broken off without the final dot", async () => {
  const start = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  async function* pieces() {
    yield Buffer.from("Subject: hi\r\n");
    throw new Error("ENOENT: /srv/secret");
  }
  const script = [...PIPELINING, ...start, "S: 250 ok", "S: 250 ok", "S: 354 go", "C: Subject: hi"];
  const { peer, end } = await send(script, message({ body: pieces }));
  assert.deepEqual(summary(end), ["1 deferred 4.4.2"]);
  assert.doesNotMatch(end.outcomes[0]!.outcome.diagnostic, /secret/);
  assert.equal(peer.ended(), "destroyed");
  assertPlayed(peer);
});

test("a silent peer is given up after the time of RFC 5321, at each stage", async () => {
  const MINUTE = 60_000;
  const mail = "C: MAIL FROM:<alice@example.test>";
  const stages: [script: string[], minutes: number][] = [
    [[...STEP_BY_STEP, mail], 5],
    [[...STEP_BY_STEP, mail, "S: 250 ok", "C: RCPT TO:<bob@peer.test>"], 5],
    [[...STEP_BY_STEP, mail, "S: 250 ok", "C: RCPT TO:<bob@peer.test>", "S: 250 ok", "C: DATA"], 2],
    [
      [
        ...STEP_BY_STEP,
        mail,
        "S: 250 ok",
        "C: RCPT TO:<bob@peer.test>",
        "S: 250 ok",
        "C: DATA",
        "S: 354 go",
        ...BODY,
      ],
      10,
    ],
  ];
  for (const [script, minutes] of stages) {
    const time = manualTime();
    const peer = scriptedPeer(script);
    const session = await openSession(peer.wire, PROFILE, time.timers);
    assert.ok(session.ok);
    let end: TransactionEnd | undefined;
    const sending = session.value.send(message()).then((result) => {
      end = result;
    });
    await new Promise(setImmediate);
    time.advance(minutes * MINUTE - 1);
    await new Promise(setImmediate);
    assert.equal(end, undefined, `${script.at(-1)}: not before ${minutes} minutes`);
    time.advance(1);
    await sending;
    assert.match(JSON.stringify(end), /4\.4\.2.*more than/);
    assert.equal(peer.ended(), "destroyed");
  }
  const time = manualTime();
  const silent = openSession(scriptedPeer([]).wire, PROFILE, time.timers);
  await new Promise(setImmediate);
  time.advance(5 * MINUTE);
  assert.ok(!(await silent).ok);
});

test("a peer that stops taking bytes is given up after three minutes", async () => {
  const time = manualTime();
  const start = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const peer = scriptedPeer(
    [...PIPELINING, ...start, "S: 250 ok", "S: 250 ok", "S: 354 go", "C: Subject: hi"],
    "stuck",
  );
  const session = await openSession(peer.wire, PROFILE, time.timers);
  assert.ok(session.ok);
  async function* pieces() {
    yield Buffer.from("Subject: hi\r\n");
    yield Buffer.from("\r\n");
  }
  const sending = session.value.send(message({ body: pieces }));
  await new Promise(setImmediate);
  time.advance(3 * 60_000);
  assert.deepEqual(summary(await sending), ["1 deferred 4.4.2"]);
});

test("replies that nobody asked for make the session unusable", async () => {
  const { session } = await open([...PIPELINING, "S: 421 4.3.2 going down"]);
  await new Promise(setImmediate);
  assert.ok(session.ok && !session.value.usable());
});

test("one session serves at most 100 messages", async () => {
  const one = ["C: MAIL FROM:<alice@example.test>", "C: RCPT TO:<bob@peer.test>", "C: DATA"];
  const answer = ["S: 250 ok", "S: 250 ok", "S: 354 go on", ...BODY, "S: 250 ok"];
  const script = [...PIPELINING, ...Array.from({ length: 100 }, () => [...one, ...answer]).flat()];
  const { session } = await send(script);
  for (let sent = 1; sent < 100; sent += 1) {
    assert.ok(session.usable());
    await session.send(message());
  }
  assert.ok(!session.usable());
});
