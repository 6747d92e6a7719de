import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ByteSink, startByteSink } from "../support/byte-sink.ts";
import { type CorpusMessage, mailCorpus, realMail } from "../support/mail-corpus.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { openSmtpDialog } from "../support/smtp-dialog.ts";
import { waitUntil } from "../support/wait-until.ts";

describe("messages of all shapes", () => {
  let corpus: CorpusMessage[];
  let postern: PosternServer;
  let sink: ByteSink;

  before(async () => {
    corpus = await mailCorpus();
    sink = await startByteSink();
    postern = await startPostern();
    await postern.configure(
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"],
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "corpus", "--owner", "it@example.test"],
    );
    await sendAll();
  });
  after(async () => {
    await postern?.stop();
    await sink?.stop();
  });

  /** Sends each to a mailbox here and to somebody elsewhere at once. */
  async function sendAll(): Promise<void> {
    const dialog = await openSmtpDialog({ port: postern.port("mx"), lineWithinMs: 20_000 });
    try {
      for (const { name, bytes } of corpus) {
        const body = bytes.some((byte) => byte > 127) ? " BODY=8BITMIME" : "";
        await dialog.command(`MAIL FROM:<ann@other.test>${body}`);
        await dialog.command(`RCPT TO:<${ALICE.user}>`);
        await dialog.command("RCPT TO:<friend@far.test>");
        // After DATA a message ends with a line end, so what has none goes by BDAT.
        const reply = await (endsWithCrLf(bytes) ? dialog.data(bytes) : dialog.bdat(bytes));
        assert.match(reply, /^250 2\.0\.0 /, name);
      }
    } finally {
      dialog.close();
    }
  }

  test("three hundred of them are real, where they could be fetched", async (t) => {
    const { length } = await realMail();
    if (process.env["CI"] === "true") assert.equal(length, 300);
    else t.diagnostic(`${length} real messages were found`);
  });

  test("come out of the Maildir as they were sent, behind the trace fields", async () => {
    const delivered = await postern.mailbox(ALICE.user).waitForMessages(corpus.length, 60_000);
    const head = `Return-Path: <ann@other.test>\r\nDelivered-To: ${ALICE.user}\r\n`;
    const received = delivered.map((message) => withoutReceived(withoutHead(message, head)));
    assertSame(received, corpus);
  });

  test("come to the next hop as they were sent, behind the trace field", async () => {
    const enough = async () => (sink.messages.length >= corpus.length ? true : undefined);
    await waitUntil(() => `${sink.messages.length} of ${corpus.length} have come`, enough, 60_000);
    // RFC 5321 4.1.1.4: the line end before the last dot is part of the message.
    const expected = corpus.map(({ name, bytes }) => {
      return { name, bytes: endsWithCrLf(bytes) ? bytes : Buffer.concat([bytes, Buffer.from("\r\n")]) };
    });
    assertSame(sink.messages.map(withoutReceived), expected);
  });
});

function endsWithCrLf(bytes: Buffer): boolean {
  return bytes.subarray(-2).toString("latin1") === "\r\n";
}

function withoutHead(message: Buffer, head: string): Buffer {
  assert.equal(message.toString("latin1", 0, head.length), head);
  return message.subarray(head.length);
}

/** Takes off what this server has put before the message, and not a byte more. */
function withoutReceived(message: Buffer): Buffer {
  const field =
    /^Received: from client\.test \(\[127\.0\.0\.1\]\)\r\n\tby mx\.example\.test [^;]*;\r\n\t[^\r\n]*\r\n/;
  const found = field.exec(message.toString("latin1", 0, 1000));
  assert.ok(found, message.toString("latin1", 0, 300));
  return message.subarray(found[0].length);
}

/** The same messages, each once, in any order. */
function assertSame(actual: readonly Buffer[], expected: readonly CorpusMessage[]): void {
  const left = actual.map((bytes) => bytes.toString("latin1"));
  const missing = expected.filter(({ bytes }) => {
    const index = left.indexOf(bytes.toString("latin1"));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  const names = missing.map(({ name }) => name);
  assert.deepEqual(
    { changed: names, instead: left.map((each) => each.slice(0, 500)) },
    { changed: [], instead: [] },
  );
}
