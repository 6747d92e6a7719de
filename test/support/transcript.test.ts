import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Duplex,
  matchesPattern,
  parseTranscript,
  runTranscript,
  TranscriptMismatch,
} from "./transcript.ts";

/** A server in memory: greets, answers each line with `echo` and what it got, and QUIT with its end. */
function echoServer(): Duplex & { readonly got: string[] } {
  const answers: string[] = ["220 echo ready"];
  const got: string[] = [];
  let rest = "";
  return {
    got,
    send: (bytes) => {
      rest += Buffer.from(bytes).toString("latin1");
      const lines = rest.split("\r\n");
      rest = lines.pop() ?? "";
      got.push(...lines);
      answers.push(...lines.map((line) => `echo ${line}`));
    },
    receiveLine: async () => answers.shift(),
    startTls: async () => {
      answers.push("secured");
    },
  };
}

function play(text: string, server = echoServer()): Promise<void> {
  return runTranscript(parseTranscript(text), server, "echo.txt");
}

describe("a transcript", () => {
  test("passes when the server says what is expected", async () => {
    await play("# greeting\nS: 220 echo ready\n\nC: HELO a\nS: echo HELO a\n!closed\n");
  });

  test("fails with the file, the line and both texts when the server says something else", async () => {
    await assert.rejects(play("S: 220 *\nC: NOOP\nS: echo RSET\n"), (error: unknown) => {
      assert.ok(error instanceof TranscriptMismatch);
      assert.match(error.message, /^echo\.txt:3: expected echo RSET\n {2}got echo NOOP\n {2}after:/);
      return true;
    });
  });

  test("fails when the server has nothing more to say, or says more than its end", async () => {
    await assert.rejects(play("S: 220 *\nS: 250 *\n"), /got the end of the connection/);
    await assert.rejects(play("!closed\n"), /expected !closed\n {2}got 220 echo ready/);
  });

  test("sends pieces and bytes as they are written", async () => {
    const server = echoServer();
    await play("S: *\nC~ NO\nC~ OP\\r\\nA\\x80\\0\\\\\nC: é\nS: echo NOOP\n", server);
    assert.deepEqual(server.got, ["NOOP", "A\x80\0\\\xc3\xa9"]);
  });

  test("skips lines of the server up to the one that is expected next", async () => {
    await play("S: ...\nS: 220 echo ready\nC: a\nC: b\nC: c\nS: ...\nS: echo c\n!closed\n");
    await assert.rejects(play("S: ...\nS: 250 never\n"), /got the end of the connection/);
  });

  test("starts TLS where it is told to", async () => {
    await play("S: 220 *\n!tls\nS: secured\n");
    const { send, receiveLine } = echoServer();
    const plain = runTranscript(parseTranscript("!tls\n"), { send, receiveLine });
    await assert.rejects(plain, /cannot start TLS/);
  });

  test("is refused with the line's number when it has a line of no known form or an unknown escape", () => {
    assert.throws(() => parseTranscript("C: a\nHELO\n"), /^Error: Line 2 /);
    assert.throws(() => parseTranscript("C: \\q\n"), /^Error: Line 1 .*\\q is no escape/);
    assert.throws(() => parseTranscript("C: \\\n"), /is no escape/);
  });
});

test("a pattern's stars and dots stand for any text and all else for itself", () => {
  assert.ok(matchesPattern("250-SIZE 100", "250-*"));
  assert.ok(matchesPattern("250 2.1.0 ok", "250 ... ok"));
  assert.ok(matchesPattern("a*b", "a\\*b"));
  assert.ok(matchesPattern("a\\b (c)? [d]", "a\\\\b (c)? [d]"));
  assert.ok(!matchesPattern("axb", "a\\*b"));
  assert.ok(!matchesPattern("250 ok", "25. ok"));
  assert.ok(!matchesPattern("250 okay", "250 ok"));
});
