import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Instant } from "../../core/instant.ts";
import { isTemporaryName } from "./maildir-name.ts";

/** https://cr.yp.to/proto/maildir.html: files in `tmp` that nobody touched for 36 hours are leftovers. */
const STALE_MS = 36 * 60 * 60 * 1000;

/**
 * Deletes what deliveries that died left in the `tmp` folders of all mailboxes: those of this host, whatever their age,
 * since none is under way before the queue starts; those of other programs when they are old. Nothing else is touched.
 * @param root the folder `Postoffices`; it need not exist.
 * @param hostname as it stands in the files' names.
 * @returns how many files were deleted.
 */
export async function removeStaleDeliveries(root: string, hostname: string, now: Instant): Promise<number> {
  let removed = 0;
  for (const office of await entries(root)) {
    for (const mailbox of await entries(join(root, office))) {
      const folder = join(root, office, mailbox, "Maildir", "tmp");
      for (const file of await entries(folder)) {
        const path = join(folder, file);
        const touched = await stat(path).catch(() => undefined);
        if (!touched?.isFile()) continue;
        const young = Math.max(touched.atimeMs, touched.mtimeMs) > now - STALE_MS;
        if (young && !isTemporaryName(file, hostname)) continue;
        await rm(path, { force: true });
        removed += 1;
      }
    }
  }
  return removed;
}

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
