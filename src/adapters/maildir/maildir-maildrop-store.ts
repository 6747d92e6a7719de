import { unlink } from "node:fs/promises";
import { join } from "node:path";
import {
  type Maildrop,
  type MaildropMessage,
  type MaildropStore,
  MaildropUnavailable,
} from "../../ports/maildrop-store.ts";
import { inParallel } from "./in-parallel.ts";
import { byArrival, type MaildirEntry, uniqueId } from "./maildir-entry.ts";
import { listMaildir } from "./maildir-listing.ts";
import { maildirPath } from "./maildir-name.ts";
import { openMessage } from "./read-message.ts";
import { countWireSize, readSizeIndex, type SizeIndex, writeSizeIndex } from "./size-index.ts";

/** What the store needs. */
export interface MaildropStoreOptions {
  /** The folder `Postoffices` of the data folder. */
  readonly root: string;
  /** Told that sizes could not be remembered: they are counted again next time. */
  readonly onIndexFailure: (error: unknown) => void;
}

/** So many files are read or deleted at once. */
const CONCURRENCY = 16;

/**
 * Maildirs as maildrops. A Maildir needs no lock against other programs; that one POP session at a time has it is kept in
 * this process's memory, which is enough since no other server process can have the data folder.
 */
export function maildirMaildropStore(options: MaildropStoreOptions): MaildropStore {
  const open = new Set<string>();
  return {
    async open({ mailbox, postoffice }) {
      const path = maildirPath(options.root, postoffice, mailbox);
      if (!path.ok) throw new MaildropUnavailable(path.error);
      const maildir = path.value;
      if (open.has(maildir)) return "in-use";
      open.add(maildir);
      const release = () => void open.delete(maildir);
      try {
        return await openMaildrop(maildir, options, release);
      } catch (error) {
        release();
        throw unavailable(error);
      }
    },
  };
}

function unavailable(error: unknown): MaildropUnavailable {
  return new MaildropUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
}

async function openMaildrop(
  maildir: string,
  { onIndexFailure }: MaildropStoreOptions,
  release: () => void,
): Promise<Maildrop> {
  let listed = await listMaildir(maildir);
  const sizes = await sizesOf(maildir, listed, onIndexFailure);
  const keys: string[] = [];
  const messages: MaildropMessage[] = [];
  for (const { key, octets } of [...listed.values()].sort(byArrival)) {
    const size = octets ?? sizes.get(key);
    // It went while sizes were counted.
    if (size === undefined) continue;
    keys.push(key);
    messages.push({ uid: uniqueId(key), octets: size });
  }

  /** Does something with a message's file; looks for it once more where another program has moved it (`new` to `cur`, flags). */
  async function withFile<T>(
    position: number,
    use: (path: string) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const key = keys[position] ?? "";
    const before = listed.get(key);
    const found = before && (await use(join(maildir, before.path)));
    if (found !== undefined || !before) return found;
    listed = await listMaildir(maildir);
    const now = listed.get(key);
    return now && (await use(join(maildir, now.path)));
  }

  return {
    messages,
    async read(position) {
      try {
        const octets = messages[position]?.octets ?? 0;
        return await withFile(position, (path) => openMessage(path, octets));
      } catch (error) {
        throw unavailable(error);
      }
    },
    async remove(positions) {
      let failed = 0;
      await inParallel(CONCURRENCY, positions, async (position) => {
        try {
          await withFile(position, unlinkIfThere);
        } catch {
          failed += 1;
        }
      });
      return failed;
    },
    async close() {
      release();
    },
  };
}

/** The sizes of messages whose names do not tell them: remembered, or counted now and remembered. */
async function sizesOf(
  maildir: string,
  listed: ReadonlyMap<string, MaildirEntry>,
  onIndexFailure: (error: unknown) => void,
): Promise<SizeIndex> {
  const untold = [...listed.values()].filter(({ octets }) => octets === undefined);
  if (untold.length === 0) return new Map();
  const remembered = await readSizeIndex(maildir);
  const sizes = new Map<string, number>();
  const unknown: MaildirEntry[] = [];
  for (const entry of untold) {
    const octets = remembered.get(entry.key);
    if (octets === undefined) unknown.push(entry);
    else sizes.set(entry.key, octets);
  }
  await inParallel(CONCURRENCY, unknown, async ({ key, path }) => {
    const octets = await countWireSize(join(maildir, path));
    if (octets !== undefined) sizes.set(key, octets);
  });
  if (unknown.length > 0) await writeSizeIndex(maildir, sizes).catch(onIndexFailure);
  return sizes;
}

/** `undefined` where there is no such file. */
async function unlinkIfThere(path: string): Promise<true | undefined> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
