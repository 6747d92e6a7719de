import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../core/outcome.ts";
import type { Reply } from "../../core/reply.ts";
import { accepted, classifyReply, connectionOutcome, isTooManyRecipients, type Stage } from "./classify.ts";

const REMOTE = "mx.peer.test [192.0.2.1]";

/** Reads `550 5.1.1 no such user`. */
function reply(text: string): Reply {
  const [, code, status, words = ""] = /^(\d{3})(?: (\d\.\d+\.\d+))? ?(.*)$/.exec(text)!;
  return { code: Number(code), lines: [words], ...(status ? { status } : {}) };
}
const short = ({ kind, status }: Outcome) => `${kind} ${status}`;

test("the code decides between later and never, at every stage", () => {
  const table: [stage: Stage, reply: string, outcome: string][] = [
    ["greeting", "421 4.3.2 too busy", "deferred 4.3.2"],
    ["greeting", "554 go away", "failed 5.3.2"],
    ["greeting", "521 no mail here", "failed 5.3.2"],
    ["hello", "550 5.7.1 bad name", "failed 5.7.1"],
    ["hello", "451 later", "deferred 4.5.0"],
    ["auth", "535 5.7.8 wrong password", "deferred 4.7.8"],
    ["auth", "454 4.7.0 try later", "deferred 4.7.8"],
    ["mail", "550 5.7.1 not you", "failed 5.7.1"],
    ["mail", "452 4.3.1 disk full", "deferred 4.3.1"],
    ["recipient", "550 5.1.1 no such user", "failed 5.1.1"],
    ["recipient", "550 no such user", "failed 5.1.0"],
    ["recipient", "450 4.2.1 greylisted", "deferred 4.2.1"],
    ["recipient", "552 5.2.2 mailbox full", "failed 5.2.2"],
    ["data", "554 5.5.1 no valid recipients", "failed 5.5.1"],
    ["data", "421 4.3.2 shutting down", "deferred 4.3.2"],
    ["message", "554 5.7.1 spam", "failed 5.7.1"],
    ["message", "451 4.7.1 try later", "deferred 4.7.1"],
    ["mail", "354 what?", "deferred 4.5.0"],
    ["data", "250 2.0.0 not what was asked for", "deferred 4.5.0"],
  ];
  for (const [stage, text, outcome] of table) {
    assert.equal(short(classifyReply(reply(text), stage, REMOTE)), outcome, `${stage}: ${text}`);
  }
});

test("an enhanced status of another class than the code is put right", () => {
  assert.equal(short(classifyReply(reply("550 4.7.1 confused"), "recipient", REMOTE)), "failed 5.7.1");
  assert.equal(short(classifyReply(reply("450 5.7.1 confused"), "recipient", REMOTE)), "deferred 4.7.1");
});

test("too many recipients is never a bounce once others were taken", () => {
  const table: [reply: string, acceptedBefore: number, tooMany: boolean, outcome: string][] = [
    ["452 4.5.3 too many", 3, true, "deferred 4.5.3"],
    ["452 too many", 3, true, "deferred 4.1.0"],
    ["552 too many", 3, true, "deferred 4.1.0"],
    ["552 5.5.3 too many", 3, true, "deferred 4.5.3"],
    ["552 5.2.2 mailbox full", 3, false, "failed 5.2.2"],
    ["552 too many", 0, false, "failed 5.1.0"],
    ["452 4.2.2 mailbox full", 3, false, "deferred 4.2.2"],
  ];
  for (const [text, before, tooMany, outcome] of table) {
    assert.equal(isTooManyRecipients(reply(text), "recipient", before), tooMany, `${text} after ${before}`);
    assert.equal(
      short(classifyReply(reply(text), "recipient", REMOTE, before)),
      outcome,
      `${text} after ${before}`,
    );
  }
});

test("the peer's words are kept on one line, bounded and harmless, with its name", () => {
  const long = { code: 550, status: "5.1.1", lines: ["no\r\nsuch\0", "user".repeat(200)] };
  const outcome = classifyReply(long, "recipient", REMOTE);
  assert.ok(outcome.diagnostic.startsWith("550 5.1.1 no such? useruser"));
  assert.equal(outcome.diagnostic.length, 500);
  assert.equal(outcome.remote, REMOTE);
});

test("an accepted message keeps the peer's receipt", () => {
  assert.deepEqual(accepted(reply("250 2.0.0 queued as 123"), REMOTE), {
    kind: "delivered",
    status: "2.0.0",
    diagnostic: "250 2.0.0 queued as 123",
    remote: REMOTE,
  });
  assert.equal(accepted(reply("250 OK"), REMOTE).status, "2.0.0");
});

test("trouble with the connection is always tried again", () => {
  const table = {
    unreachable: "4.4.1",
    lost: "4.4.2",
    timeout: "4.4.2",
    protocol: "4.5.0",
    tls: "4.7.5",
    "tls-missing": "4.7.10",
    login: "4.7.8",
  } as const;
  for (const [trouble, status] of Object.entries(table)) {
    assert.equal(short(connectionOutcome(trouble as keyof typeof table, "why")), `deferred ${status}`);
  }
});
