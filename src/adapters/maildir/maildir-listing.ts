import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type MaildirEntry, maildirEntry } from "./maildir-entry.ts";

/** So many names are looked at in one go: other sessions wait meanwhile. */
const SLICE = 10_000;

/**
 * All messages of a Maildir by their keys. A file that moves from `new` to `cur` in this moment may be seen in both: it
 * counts once. A Maildir that is not there holds none; other failures reject.
 */
export async function listMaildir(maildir: string): Promise<Map<string, MaildirEntry>> {
  const entries = new Map<string, MaildirEntry>();
  let seen = 0;
  // `new` first: what moves on while we look is then still found.
  for (const folder of ["new", "cur"] as const) {
    for (const file of await namesIn(join(maildir, folder))) {
      const entry = maildirEntry(folder, file);
      if (entry) entries.set(entry.key, entry);
      seen += 1;
      if (seen % SLICE === 0) await nextTurn();
    }
  }
  return entries;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
