import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { startProcess } from "../support/process.ts";
import { openSmtpDialog } from "../support/smtp-dialog.ts";
import { type TempDir, tempDir } from "../support/temp-dir.ts";
import { needsTool } from "../support/tools.ts";

const CALLS = "read,recvfrom,write,writev,sendto,sendmsg,fsync,fdatasync,rename,renameat,renameat2";
/** Bodies over 256 KiB are files. */
const LARGE = `${"x".repeat(76)}\r\n`.repeat(6000);

describe("the system calls behind 250", needsTool("strace"), () => {
  let postern: PosternServer;
  let folder: TempDir;
  before(async () => {
    folder = await tempDir();
    postern = await startPostern();
  });
  after(async () => {
    await postern?.stop();
    await folder?.remove();
  });

  /**
   * What the server asked of the kernel while it took a message, a line for each call, in the order in which they ended.
   * @param until what to wait for after the reply
   */
  async function callsFor(name: string, body: string, until = async () => {}): Promise<string[]> {
    const file = join(folder.path, name);
    const trace = [
      "-f",
      "-y",
      "-s",
      "2000000",
      "-e",
      `trace=${CALLS}`,
      "-o",
      file,
      "-p",
      String(postern.pid),
    ];
    const dialog = await openSmtpDialog({ port: postern.port("mx"), lineWithinMs: 20_000 });
    await dialog.command("MAIL FROM:<a@other.test>");
    await dialog.command(`RCPT TO:<${ALICE.user}>`);
    const strace = startProcess("strace", trace);
    await strace.waitForLine(/attached/);
    const reply = await dialog.data(Buffer.from(`Subject: x\r\n\r\n${body}the last words\r\n`));
    await until();
    await strace.stop("SIGINT");
    dialog.close();
    assert.match(reply, /^250 2\.0\.0 /);
    return ended((await readFile(file, "latin1")).split("\n"));
  }

  test("the store is synced between the last byte of data and the reply", async () => {
    const calls = await callsFor("small", "");
    const [data, sync, reply] = [lastWords(calls), syncOf(calls, /postern\.db-wal>/), takenReply(calls)];
    assert.ok(data >= 0 && sync > data && reply > sync, JSON.stringify({ data, sync, reply }));
  });

  test("a large body's file and folder are synced before the store is, and the reply comes last", async () => {
    const calls = await callsFor("large", LARGE);
    const file = syncOf(calls, /Spool\/[0-9A-Z]+\.msg>/);
    const spool = syncOf(calls, /Spool>/);
    const [sync, reply] = [syncOf(calls, /postern\.db-wal>/, spool), takenReply(calls)];
    assert.ok(
      file >= 0 && spool > file && sync > spool && reply > sync,
      JSON.stringify({ file, spool, sync, reply }),
    );
  });

  test("a message is synced before its rename, its folder after, and only then the end of its row", async () => {
    const calls = await callsFor("delivered", "", postern.waitForEmptyQueue);
    const file = syncOf(calls, /Maildir\/tmp\/[^>]+>/);
    const rename = calls.findIndex(
      (call, at) => at >= file && /^rename\w*\(.*Maildir\/tmp\/.*\/new\//.test(call),
    );
    const folder = syncOf(calls, /Maildir\/new>/, rename);
    const row = syncOf(calls, /postern\.db-wal>/, folder);
    assert.ok(
      file >= 0 && rename > file && folder > rename && row > folder,
      JSON.stringify({ file, rename, folder, row }),
    );
  });
});

function lastWords(calls: readonly string[]): number {
  return calls.findIndex((call) => /^(?:read|recvfrom)\(.*the last words/.test(call));
}

function syncOf(calls: readonly string[], path: RegExp, from = 0): number {
  return calls.findIndex(
    (call, at) => at >= from && /^f(?:data)?sync\(/.test(call) && path.test(call) && call.endsWith("= 0"),
  );
}

function takenReply(calls: readonly string[]): number {
  return calls.findIndex((call) => /^(?:write|writev|sendto|sendmsg)\(.*250 2\.0\.0 Message/.test(call));
}

/** Lines of strace with the two halves of calls that were interrupted by others put together, where the second half stood. */
function ended(lines: readonly string[]): string[] {
  const open = new Map<string, string>();
  const calls: string[] = [];
  for (const line of lines) {
    const [, thread = "", text = ""] = /^(\d+) +(.*)$/s.exec(line) ?? [];
    const unfinished = /^(.*) <unfinished \.\.\.>$/s.exec(text)?.[1];
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(text)?.[1];
    if (unfinished !== undefined) open.set(thread, unfinished);
    else if (resumed !== undefined) calls.push((open.get(thread) ?? "") + resumed);
    else calls.push(text);
  }
  return calls;
}
