import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own. */
export interface TempDir {
  readonly path: string;
  /** Deletes the folder with all that is in it. */
  remove(): Promise<void>;
}

/**
 * Makes an empty folder under the system's folder for such things.
 * @param options.shared lets other users look into it, as servers need that give up root
 */
export async function tempDir(options: { readonly shared?: boolean } = {}): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), "postern-test-"));
  if (options.shared === true) await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
