import { open } from "node:fs/promises";

/** Makes a folder's entries durable. Calls for one folder share a sync where that loses nothing. */
export type FolderSync = (folder: string) => Promise<void>;

/**
 * Syncs folders. A caller may share a sync that starts after its own rename, never one that was running already; so
 * while one runs, all who come wait for one more.
 * @param sync does the work; it rejects where the folder cannot be synced, and so do all who shared it.
 */
export function folderSync(sync: (folder: string) => Promise<void> = syncFolder): FolderSync {
  const running = new Map<string, { current: Promise<void>; next?: Promise<void> }>();
  const start = (folder: string): Promise<void> => {
    const current = sync(folder).finally(() => {
      if (running.get(folder)?.current === current) running.delete(folder);
    });
    running.set(folder, { current });
    return current;
  };
  return (folder) => {
    const state = running.get(folder);
    if (!state) return start(folder);
    state.next ??= state.current.then(
      () => start(folder),
      () => start(folder),
    );
    return state.next;
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
