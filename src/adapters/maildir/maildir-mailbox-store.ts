import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type MailboxDelivery, type MailboxStore, MailboxUnavailable } from "../../ports/mailbox-store.ts";
import { type FolderSync, folderSync } from "./folder-sync.ts";
import { hasMaildirName, maildirName, maildirPath, temporaryName } from "./maildir-name.ts";

export interface MaildirOptions {
  /** The folder `Postoffices` of the data folder; each mailbox is `<post office>/<mailbox>/Maildir` in it. */
  readonly root: string;
  /** Stands in the files' names, to keep apart hosts that share the folder. */
  readonly hostname: string;
}

const LF = 0x0a;
/** Chunks up to this size together, and the header, go out in one write. */
const ONE_WRITE_BYTES = 256 * 1024;

/**
 * Mailboxes as Maildirs (https://cr.yp.to/proto/maildir.html): written in `tmp`, synced, renamed into `new`, the folder
 * synced. Line ends stay CRLF as they came, so that what is kept is what was sent.
 */
export function maildirMailboxStore(options: MaildirOptions): MailboxStore {
  const sync = folderSync();
  let attempts = 0;
  return {
    deliver: async (mailbox, delivery) => {
      const maildir = maildirOf(options.root, delivery.postoffice, mailbox);
      const name = maildirName(delivery.message, delivery.acceptedAt, options.hostname);
      attempts += 1;
      // Two recipients of one message may lead to one mailbox at the same time: each writes a file of its own in tmp.
      const temporary = join(maildir, "tmp", temporaryName(name, attempts));
      try {
        if (delivery.retried && (await alreadyThere(maildir, name, sync))) return;
        const file = await openOrCreateMaildir(temporary, maildir, options.root, sync);
        await fill(file, temporary, delivery, (sizes) => join(maildir, "new", `${name}${sizes}`));
        await sync(join(maildir, "new"));
      } catch (error) {
        throw new MailboxUnavailable(
          `${mailbox}: ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
          },
        );
      }
    },
  };
}

function maildirOf(root: string, postoffice: string, mailbox: string): string {
  const path = maildirPath(root, postoffice, mailbox);
  if (!path.ok) throw new MailboxUnavailable(path.error);
  return path.value;
}

/** An earlier attempt may have got as far as the rename, and a reader may have moved the file on to `cur` since. */
async function alreadyThere(maildir: string, name: string, sync: FolderSync): Promise<boolean> {
  for (const folder of ["new", "cur"].map((part) => join(maildir, part))) {
    const files = await readdir(folder).catch(absentAsUndefined);
    if (files?.some((file) => hasMaildirName(file, name))) {
      // The attempt may have died between rename and sync.
      await sync(folder);
      return true;
    }
  }
  return false;
}

async function fill(
  file: FileHandle,
  temporary: string,
  delivery: MailboxDelivery,
  destination: (sizes: string) => string,
): Promise<void> {
  try {
    const { size, endsInLine } = await writeAll(file, delivery);
    await rename(temporary, destination(sizeFields(size, endsInLine)));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Maildir++'s fields for the size of the file and the size as sent, by which a POP session opens without looking into files.
 * They are the same, since we take no bare LF; but a last line without an end gets one when it is sent.
 */
function sizeFields(size: number, endsInLine: boolean): string {
  return endsInLine ? `,S=${size},W=${size}` : `,S=${size}`;
}

async function openOrCreateMaildir(
  temporary: string,
  maildir: string,
  root: string,
  sync: FolderSync,
): Promise<FileHandle> {
  // "w": what a crash left of an attempt of the same name is overwritten.
  const opened = await open(temporary, "w", 0o600).catch(absentAsUndefined);
  if (opened) return opened;
  for (const part of ["tmp", "new", "cur"])
    await mkdir(join(maildir, part), { recursive: true, mode: 0o700 });
  // Each folder is an entry of its parent, and as lost in a power cut as the mail in it would be.
  for (let folder = maildir; folder.length >= root.length; folder = dirname(folder)) await sync(folder);
  return open(temporary, "w", 0o600);
}

async function writeAll(
  file: FileHandle,
  delivery: MailboxDelivery,
): Promise<{ size: number; endsInLine: boolean }> {
  try {
    let pending: Uint8Array = Buffer.from(delivery.header);
    let size = 0;
    for await (const chunk of delivery.body) {
      if (pending.length + chunk.length <= ONE_WRITE_BYTES) {
        pending = Buffer.concat([pending, chunk]);
        continue;
      }
      await file.writeFile(pending);
      size += pending.length;
      pending = chunk;
    }
    await file.writeFile(pending);
    await file.sync();
    return { size: size + pending.length, endsInLine: pending.at(-1) === LF };
  } finally {
    await file.close();
  }
}

function absentAsUndefined(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
