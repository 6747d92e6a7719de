import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { err, ok, type Result } from "../../core/result.ts";
import type { DataPaths } from "./data-paths.ts";

/** The sole right to a data folder, held until it is released or the process ends, however it ends. */
export interface DataLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes the lock, or says who has it. It is an exclusive lock of SQLite's on an empty database: the operating system drops
 * it with the process, so after `kill -9` nothing has to be cleaned up, and a pid that was given out again fools nobody.
 */
export async function takeDataLock(paths: DataPaths): Promise<Result<DataLock>> {
  const database = new DatabaseSync(paths.lock, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    return err(await describeOwner(paths));
  }
  // Only for the message above; the lock itself is with the operating system.
  writeFileSync(paths.lockOwner, `${process.pid}\n`, { mode: 0o600 });
  return ok({ release: () => database.close() });
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

async function describeOwner(paths: DataPaths): Promise<string> {
  const owner = (await readFile(paths.lockOwner, "utf8").catch(() => "")).trim();
  const who = /^\d{1,10}$/.test(owner) ? `process ${owner}` : "another process";
  return `the data folder ${paths.root} is in use by ${who}; stop that server first, or give this one another folder with --data`;
}
