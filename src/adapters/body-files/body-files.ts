import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BodyStore, BodyWriter } from "../../ports/body-store.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";

/**
 * Bodies as files of one folder, readable by their owner only. The folder is made where it is missing.
 * Failures of the disk reject with {@link StoreUnavailable}.
 */
export function bodyFiles(folder: string): BodyStore {
  return {
    async create() {
      // Upper-case letters and digits, so that a name is the same on file systems without case.
      const name = `${randomUUID().replaceAll("-", "").toUpperCase()}.msg`;
      return onDisk(folder, async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        return bodyWriter(folder, name, await open(join(folder, name), "wx", 0o600));
      });
    },
    async *read(name) {
      try {
        for await (const chunk of createReadStream(join(folder, checked(name)))) yield chunk;
      } catch (error) {
        throw unavailable(folder, error);
      }
    },
    remove: (name) => onDisk(folder, () => rm(join(folder, checked(name)), { force: true })),
    list: () => onDisk(folder, async () => (await namesIn(folder)).filter((name) => NAME.test(name))),
  };
}

/** No block or inode left, or the owner's share of them is used up. */
const NO_ROOM: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
const NAME = /^[0-9A-Z]+\.msg$/;

/** A name comes from the database, so it is a name of ours; were it not, it could lead out of the folder. */
function checked(name: string): string {
  if (NAME.test(name)) return name;
  throw new StoreUnavailable(`"${name}" is not the name of a body file.`);
}

function bodyWriter(folder: string, name: string, file: FileHandle): BodyWriter {
  return {
    name,
    write: (chunk) => onDisk(folder, () => file.appendFile(chunk)),
    commit: () =>
      onDisk(folder, async () => {
        try {
          await file.sync();
          await syncFolder(folder);
        } catch (error) {
          // What a failed sync has left undone no later one makes good: the client sends the message again.
          await rm(join(folder, name), { force: true }).catch(() => undefined);
          throw error;
        } finally {
          await file.close();
        }
      }),
    discard: () =>
      onDisk(folder, async () => {
        try {
          await file.close();
        } finally {
          await rm(join(folder, name), { force: true });
        }
      }),
  };
}

/** Makes the file's name durable, which syncing the file alone does not. Windows keeps names by itself and refuses this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(folder, error);
  }
}

function unavailable(folder: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const full = error instanceof Error && "code" in error && NO_ROOM.has(error.code);
  return new StoreUnavailable(`The spool folder ${folder} cannot be used: ${detail}`, { cause: error, full });
}
