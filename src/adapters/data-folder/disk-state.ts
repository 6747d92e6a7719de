import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";

/** How the disk is that a folder is on. */
export interface DiskState {
  readonly folder: string;
  /** Bytes that this program may still write; `undefined`: the system does not say. */
  readonly freeBytes: number | undefined;
  /** Files that may still be made; `undefined` where the file system has no bound on them, or does not say. */
  readonly freeFiles: number | undefined;
  readonly writable: boolean;
}

/** Looks at the disk of a folder. What cannot be found out is told as such; never rejects. */
export async function diskState(folder: string): Promise<DiskState> {
  const [space, writable] = await Promise.all([
    statfs(folder).catch(() => undefined),
    access(folder, constants.W_OK).then(
      () => true,
      () => false,
    ),
  ]);
  return {
    folder,
    freeBytes: space && space.bavail * space.bsize,
    // btrfs and others make inodes as they need them and say 0 of 0.
    freeFiles: space && space.files > 0 ? space.ffree : undefined,
    writable,
  };
}
