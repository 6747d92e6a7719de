import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type NextHop, silentHop } from "../../bench/next-hop.ts";
import { FAR_RECIPIENT, type RunningPeer } from "../../bench/peer.ts";
import { postern } from "../../bench/peers/postern.ts";
import type { SendPlan } from "../../bench/programs/send-mail.ts";
import { replyTimesMs } from "../../bench/send-messages.ts";
import { startProcess } from "../support/process.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { needsTool } from "../support/tools.ts";

// Not how fast the server is, which depends on the machine, but how much it asks of it. Bounds are about one and a half
// times what was counted when they were set; lower them when the work becomes less.

const SESSIONS = 20;
const MESSAGES = 400;
/** Twenty sessions that wait behind one sync could do with a twentieth of a sync each. */
const MOST_SYNCS = MESSAGES / 5;
const MOST_CALLS = { "in open sessions": 25, "with a connection each": 45 } as const;
/** Bytes. The message itself, of 4,096, is kept in pieces and joined once. */
const MOST_ALLOCATED = 80_000;
/** A sync takes so long that everybody gathers behind it, whatever disk there is. */
const SLOW_SYNC = "inject=fsync,fdatasync:delay_exit=30000";
const SMALL = { sessions: SESSIONS, messages: MESSAGES, sizeBytes: 4096, recipient: FAR_RECIPIENT };

describe("the work for a message that is accepted and kept", needsTool("strace"), () => {
  let folder: TempDir;
  let nextHop: NextHop;
  let server: RunningPeer;
  before(async () => {
    folder = await tempDir();
    nextHop = await silentHop();
    server = await postern.start({ nextHopPort: nextHop.port, sessions: SESSIONS });
    await send({ messages: MESSAGES, newConnections: false });
  });
  after(async () => {
    await server?.stop();
    await nextHop?.stop();
    await folder?.remove();
  });

  const send = (plan: Pick<SendPlan, "messages" | "newConnections">) =>
    replyTimesMs({ ...SMALL, ...plan, port: server.smtpPort });

  /** What strace writes of the server while it takes the messages. */
  async function traced(name: string, options: readonly string[], newConnections: boolean): Promise<string> {
    const file = join(folder.path, name);
    const strace = startProcess("strace", [
      "-f",
      "-e",
      SLOW_SYNC,
      ...options,
      "-o",
      file,
      "-p",
      String(server.rootPid),
    ]);
    await strace.waitForLine(/attached/);
    await send({ messages: MESSAGES, newConnections });
    await strace.stop("SIGINT");
    return readFile(file, "latin1");
  }

  test("sessions that wait for the disk at the same time share a commit", async () => {
    const text = await traced("syncs", ["-e", "trace=fsync,fdatasync"], false);
    const syncs = [...text.matchAll(/\bf(?:data)?sync\(/g)].length;
    assert.ok(syncs > 0 && syncs <= MOST_SYNCS, `${syncs} syncs for ${MESSAGES} messages`);
  });

  for (const [how, most] of Object.entries(MOST_CALLS)) {
    test(`a message ${how} costs no more than ${most} system calls`, async () => {
      const text = await traced("calls", ["-c"], how === "with a connection each");
      const total = Number(/^100\.00 +\S+ +\S* *?(\d+) +(?:\d+ +)?total$/m.exec(text)?.[1]);
      assert.ok(
        total > MESSAGES && total / MESSAGES <= most,
        `${total / MESSAGES} calls a message:\n${text}`,
      );
    });
  }
});

test("a message that the SMTP server takes allocates a bounded number of bytes", async (t) => {
  // So much room for young objects that nothing is collected while it is counted.
  const room = ["--min-semi-space-size=64", "--max-semi-space-size=64"];
  const program = join(import.meta.dirname, "..", "..", "bench", "programs", "accept-and-drop.ts");
  const server = startProcess(process.execPath, [...room, program]);
  t.after(() => server.stop());
  const [ready] = await server.waitForLine(/^\{"port":\d+\}$/);
  const { port } = JSON.parse(ready) as { port: number };
  const send = (messages: number) => replyTimesMs({ ...SMALL, port, messages, newConnections: false });
  const look = async (number: number) => {
    process.kill(server.pid, "SIGUSR2");
    const [, line = ""] = await server.waitForLine(new RegExp(`^(.*"look":${number}.*)$`));
    return JSON.parse(line) as { allocated: number; collections: number };
  };
  await send(MESSAGES);
  const earlier = await look(1);
  await send(MESSAGES);
  const later = await look(2);
  assert.equal(later.collections, earlier.collections, "nothing may be collected meanwhile");
  const each = (later.allocated - earlier.allocated) / MESSAGES;
  assert.ok(each > SMALL.sizeBytes && each <= MOST_ALLOCATED, `${each} bytes a message`);
});
