import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { addressKey, parseAddress } from "../../core/email-address.ts";
import { instant } from "../../core/instant.ts";
import type { PopGrant } from "../../relay/facts.ts";

const MAX_BYTES = 65_536;
/** The most accounts that one file may name. */
export const MAX_ACCOUNTS = 1000;

// No link is followed out of the folder, and a pipe does not make the opener wait. Windows has neither flag.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** What opening says of a name that stands for nothing, for a link (two of them), and for a socket. */
const NO_FILE: readonly unknown[] = ["ENOENT", "ELOOP", "EMLINK", "ENXIO"];

/**
 * Opens a grant's file. Runs `use` with it and closes it.
 * @returns `undefined` where there is no plain file of that path; other failures reject.
 */
export async function withPbsFile<T>(
  path: string,
  use: (file: FileHandle, stats: Stats) => Promise<T>,
): Promise<T | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (NO_FILE.includes(errorCode(error))) return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    return stats.isFile() ? await use(file, stats) : undefined;
  } finally {
    await file.close();
  }
}

/** Reads a grant: the time that the file was modified, and its lines as far as they are accounts. */
export async function readPbsFile(file: FileHandle, { mtimeMs, size }: Stats): Promise<PopGrant> {
  const loggedInAt = instant(Math.round(mtimeMs));
  if (size === 0) return { loggedInAt, accounts: [] };
  const buffer = Buffer.alloc(Math.min(size, MAX_BYTES));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
  // A file beyond the bound ends in the middle of a line, which might be somebody else's name then.
  if (bytesRead === MAX_BYTES) lines.pop();
  return { loggedInAt, accounts: accountsOf(lines) };
}

function accountsOf(lines: readonly string[]): string[] {
  const accounts = new Set<string>();
  for (const line of lines) {
    const address = parseAddress(line.trim());
    if (address && accounts.size < MAX_ACCOUNTS) accounts.add(addressKey(address));
  }
  return [...accounts];
}

/** The code of an error of the file system, such as `ENOENT`. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
