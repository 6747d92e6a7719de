import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { runProcess } from "../support/process.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { needsTool, toolPath } from "../support/tools.ts";

const MESSAGES = 10_000;
const SESSIONS = 20;
const WITHIN_MS = 90_000;

describe("ten thousand messages over twenty sessions", needsTool("smtp-source", "smtp-sink"), () => {
  let postern: PosternServer;
  let sink: SmtpSink;
  before(async () => {
    sink = await startSmtpSink();
    postern = await startPostern();
    await postern.configure(
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"],
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "load", "--owner", "it@example.test"],
    );
  });
  after(async () => {
    await postern?.stop();
    await sink?.stop();
  });

  /** Sends them all with smtp-source, which ends with an error at the first refusal. */
  async function send(to: string): Promise<void> {
    const load = ["-4", "-d", "-s", String(SESSIONS), "-m", String(MESSAGES), "-l", "1000"];
    const target = ["-f", "load@other.test", "-t", to, `inet:127.0.0.1:${postern.port("mx")}`];
    const { code, output } = await runProcess(toolPath("smtp-source"), [...load, ...target], {
      withinMs: WITHIN_MS,
    });
    assert.equal(code, 0, output);
  }

  test("all arrive in the Maildir, each once", async () => {
    await send(ALICE.user);
    const messages = await postern.mailbox(ALICE.user).waitForMessages(MESSAGES, WITHIN_MS);
    await postern.waitForEmptyQueue();
    assert.equal(await postern.mailbox(ALICE.user).count(), MESSAGES);
    assert.equal(new Set(messages.map(messageId)).size, MESSAGES);
  });

  test("all are relayed to the next hop, each once", async () => {
    await send("friend@far.test");
    await sink.waitFor(MESSAGES, WITHIN_MS);
    await postern.waitForEmptyQueue();
    assert.equal(await sink.received(), MESSAGES);
  });
});

/** smtp-source gives each message an id of its own. */
function messageId(message: Buffer): string | undefined {
  return /^Message-Id: (.*)\r$/im.exec(message.toString("latin1"))?.[1];
}
