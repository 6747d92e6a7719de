import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { ALICE, type ServingPostern, setUpPostern } from "../support/postern-server.ts";
import { startSmtpSink } from "../support/smtp-sink.ts";
import { untilQueueIsEmpty } from "./settle.ts";

export interface LargeBodiesOptions {
  /** Messages, all of them under way at the same time. */
  readonly messages: number;
  /** Bytes of each, rounded up to a multiple of 64 KiB. */
  readonly bytes: number;
}

export interface LargeBodiesReport {
  /** How many are in the mailbox with every byte as it was sent, and how many came to the peer. */
  readonly whole: number;
  readonly relayed: number;
  /** The server's resident memory before the first message, and the most that it grew by until the last was delivered. */
  readonly idleBytes: number;
  readonly grewByBytes: number;
}

const BLOCK_BYTES = 65_536;
const WITHIN_MS = 300_000;

/**
 * Sends large messages to a mailbox and a peer. None is ended before all of every one has been sent, so that the server
 * has all of them at once.
 */
export async function sendLargeBodies({ messages, bytes }: LargeBodiesOptions): Promise<LargeBodiesReport> {
  const folder = await setUpPostern({
    edit: (toml) => `${toml}\n[limits]\nmaxMessageBytes = ${bytes + 2 * BLOCK_BYTES}\n`,
  });
  const sink = await startSmtpSink();
  try {
    await folder.configure(
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${sink.port}`, "--tls", "none"],
      ["relay", "set", "privileged.enabled=true"],
      ["privileged", "add", "127.0.0.1", "--label", "load", "--owner", "it@example.test"],
    );
    const server = await folder.serve();
    // From here on the kernel keeps the highest mark anew (proc(5), clear_refs).
    await writeFile(`/proc/${server.pid}/clear_refs`, "5");
    const idleBytes = await peakMemory(server);
    const blocks = Math.ceil(bytes / BLOCK_BYTES);
    await sendAll(server.port("mx"), messages, blocks);
    await untilQueueIsEmpty(folder.dataFolder);
    const grewByBytes = (await peakMemory(server)) - idleBytes;
    await sink.waitFor(messages);
    const relayed = await sink.received();
    await server.end();
    const mailbox = join(folder.dataFolder, "Postoffices", "example", ALICE.user, "Maildir", "new");
    return { whole: await countWhole(mailbox, messages, blocks), relayed, idleBytes, grewByBytes };
  } finally {
    await folder.remove();
    await sink.stop();
  }
}

async function peakMemory({ pid }: ServingPostern): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function sendAll(port: number, messages: number, blocks: number): Promise<void> {
  let unsent = messages;
  const allSent = Promise.withResolvers<void>();
  await Promise.all(
    Array.from({ length: messages }, async (_, number) => {
      const socket = connect(port, "127.0.0.1");
      try {
        await openData(socket);
        for (let sent = 0; sent < blocks; sent += 1) await write(socket, block(number));
        unsent -= 1;
        if (unsent === 0) allSent.resolve();
        await allSent.promise;
        await command(socket, ".", "250");
      } finally {
        socket.destroy();
      }
    }),
  );
}

async function openData(socket: Socket): Promise<void> {
  await reply(socket, "220");
  const commands = ["MAIL FROM:<sender@other.test>", `RCPT TO:<${ALICE.user}>`, "RCPT TO:<friend@far.test>"];
  for (const line of ["EHLO client.test", ...commands]) await command(socket, line, "250");
  await command(socket, "DATA", "354");
}

async function command(socket: Socket, line: string, code: string): Promise<void> {
  socket.write(`${line}\r\n`);
  await reply(socket, code);
}

/** Replies are short and come alone, so each is one piece. */
async function reply(socket: Socket, code: string): Promise<void> {
  const [chunk] = (await once(socket, "data", { signal: AbortSignal.timeout(WITHIN_MS) })) as [Buffer];
  const text = chunk.toString("latin1");
  if (!text.startsWith(code)) throw new Error(`${code} was expected: ${text}`);
}

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, "drain", { signal: AbortSignal.timeout(WITHIN_MS) });
}

/** Lines that name their message, 64 KiB of them. */
function block(number: number): Buffer {
  return Buffer.from(`${String(number).padStart(62, "-")}\r\n`.repeat(BLOCK_BYTES / 64));
}

async function countWhole(mailbox: string, messages: number, blocks: number): Promise<number> {
  const expected = new Set(Array.from({ length: messages }, (_, number) => sumOfBlocks(number, blocks)));
  let whole = 0;
  for (const name of await readdir(mailbox)) {
    const file = join(mailbox, name);
    // What stands before are fields of ours.
    const start = (await stat(file)).size - blocks * BLOCK_BYTES;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file, { start, highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
    if (expected.delete(hash.digest("hex"))) whole += 1;
  }
  return whole;
}

function sumOfBlocks(number: number, blocks: number): string {
  const hash = createHash("sha256");
  const bytes = block(number);
  for (let hashed = 0; hashed < blocks; hashed += 1) hash.update(bytes);
  return hash.digest("hex");
}
