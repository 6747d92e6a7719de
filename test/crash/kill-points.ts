import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type StartedProcess, startProcess } from "../support/process.ts";
import { toolPath } from "../support/tools.ts";
import type { Random } from "./random.ts";

/** A place in the life of a message at which the server is killed. */
export interface KillPoint {
  readonly name: string;
  /** What has been done by then, and what has not. */
  readonly says: string;
  readonly how: How;
}

export type How =
  /** After a while under load, wherever it stands. */
  | { readonly by: "clock" }
  /** By the peer, as soon as it has answered a message with 250. */
  | { readonly by: "peer" }
  /** By strace, on entering a system call, which then is not made. */
  | SystemCall
  /** A process that migrates a database of its own is killed, not the server. */
  | { readonly by: "migration" };

export interface SystemCall {
  readonly by: "call";
  /** Names of system calls, with commas between. */
  readonly calls: string;
  /** Only calls on this path of the data folder. */
  readonly path?: string;
  /** Whose calls: those of all threads, or of the store thread. */
  readonly threads: "all" | "store";
  /** Which of its calls kills a thread: one from the first to the second number. */
  readonly nth: readonly [number, number];
  /** Under load; while one message bounces; or while the server starts. */
  readonly during: "load" | "bounce" | "start";
}

const SYNC = "fsync,fdatasync";
const WAL = "postern.db-wal";
const NEW_MAIL = "Postoffices/example/alice@example.test/Maildir/new";

/** All points, in the order of a message's way. */
export const KILL_POINTS: readonly KillPoint[] = [
  { name: "random", says: "at any time under load", how: { by: "clock" } },
  {
    name: "after-body",
    says: "a large body's file is written and synced; nothing of it has gone to the store",
    how: { by: "call", calls: SYNC, path: "Spool", threads: "all", nth: [1, 3], during: "load" },
  },
  {
    name: "in-commit",
    says: "a commit is partly written to the log",
    how: { by: "call", calls: "pwrite64", path: WAL, threads: "store", nth: [2, 60], during: "load" },
  },
  {
    name: "before-commit",
    says: "a commit is written to the log, but not synced",
    how: { by: "call", calls: SYNC, path: WAL, threads: "store", nth: [1, 12], during: "load" },
  },
  {
    name: "before-reply",
    says: "a commit is synced; the event loop has not been told, so no client has read 250",
    how: { by: "call", calls: "write", threads: "store", nth: [1, 12], during: "load" },
  },
  {
    name: "after-peer-reply",
    says: "the peer has answered 250; the row is not finished",
    how: { by: "peer" },
  },
  {
    name: "before-rename",
    says: "a message is written and synced in a Maildir's tmp, but not renamed into new",
    how: {
      by: "call",
      calls: "rename,renameat,renameat2",
      threads: "all",
      nth: [1, 3],
      during: "load",
    },
  },
  {
    name: "after-rename",
    says: "a message is renamed into new; the folder is not synced, the row not finished",
    how: { by: "call", calls: SYNC, path: NEW_MAIL, threads: "all", nth: [1, 3], during: "load" },
  },
  {
    name: "bounce",
    says: "a report is accepted; the row that it tells of is not finished",
    // The store thread tells the event loop first of the message, which it hands to its first attempt, then of the report.
    how: { by: "call", calls: "write", threads: "store", nth: [2, 2], during: "bounce" },
  },
  {
    name: "recovery",
    says: "the server is starting after a crash",
    how: { by: "call", calls: `pwrite64,unlink,${SYNC}`, threads: "all", nth: [1, 8], during: "start" },
  },
  {
    name: "migration",
    says: "a step of a migration is partly written",
    how: { by: "migration" },
  },
];

/** Arguments of strace that kill whoever makes the call, and a draw of which of its calls that is. */
export function killingTrace(how: SystemCall, dataFolder: string, random: Random): string[] {
  const when = random.between(...how.nth);
  const only = how.path === undefined ? [] : ["-P", join(dataFolder, how.path)];
  const inject = `inject=${how.calls}:signal=SIGKILL:when=${when}`;
  return ["-o", "/dev/null", "-e", `trace=${how.calls}`, "-e", inject, ...only];
}

/** Has strace wait in a running server for the call. Resolves when it is there. */
export async function lieInWait(
  how: SystemCall,
  pid: number,
  dataFolder: string,
  random: Random,
): Promise<StartedProcess> {
  const whom = how.threads === "all" ? ["-f", "-p", String(pid)] : ["-p", await storeThread(pid)];
  const strace = startProcess(toolPath("strace"), [...killingTrace(how, dataFolder, random), ...whom]);
  await strace.waitForLine(/attached/);
  return strace;
}

/** The server's threads have names. */
async function storeThread(pid: number): Promise<string> {
  const folder = `/proc/${pid}/task`;
  for (const thread of await readdir(folder)) {
    if ((await readFile(join(folder, thread, "comm"), "utf8")).trim() === "store") return thread;
  }
  throw new Error(`Process ${pid} has no store thread.`);
}
