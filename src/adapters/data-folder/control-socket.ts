import { createHash } from "node:crypto";
import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "../../core/result.ts";
import type { DataPaths } from "./data-paths.ts";

/** What the place of the control socket depends on. */
export interface ControlHost {
  readonly platform: NodeJS.Platform;
  readonly temporaryFolder: string;
  /** The numeric user; `undefined` on Windows. */
  readonly uid: number | undefined;
}

/** Socket paths longer than this do not fit every system's `sun_path` (104 bytes on macOS, with the final NUL). */
const MAX_PATH_BYTES = 100;

/**
 * Where the server of a data folder takes commands: `run/control.sock`, which only the owner of the folder can reach. Where
 * that path is too long, a name in a folder of the user's own below the temporary one; on Windows a named pipe. Such a
 * place is written to `run/control.path`, where the CLI looks first. Call with the folder's lock held.
 */
export async function controlSocketPath(paths: DataPaths, host: ControlHost): Promise<Result<string>> {
  const usual = join(paths.run, "control.sock");
  const name = createHash("sha256").update(paths.root).digest("hex").slice(0, 32);
  if (host.platform === "win32") return elsewhere(paths, `\\\\.\\pipe\\postern-${name}`);
  if (Buffer.byteLength(usual) <= MAX_PATH_BYTES) {
    await rm(paths.controlPath, { force: true });
    return ok(usual);
  }
  const folder = join(host.temporaryFolder, `postern-${host.uid ?? "user"}`);
  const socket = join(folder, `${name}.sock`);
  if (Buffer.byteLength(socket) > MAX_PATH_BYTES) {
    return err(`the path of the control socket, ${socket}, is too long; give the data folder a shorter one`);
  }
  const problem = await makeOwnFolder(folder, host.uid);
  return problem === undefined ? elsewhere(paths, socket) : err(problem);
}

async function elsewhere(paths: DataPaths, socket: string): Promise<Result<string>> {
  await writeFile(paths.controlPath, `${socket}\n`, { mode: 0o600 });
  return ok(socket);
}

/** The temporary folder is everybody's: one that somebody else has made under this name must not be used. */
async function makeOwnFolder(folder: string, uid: number | undefined): Promise<string | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const seen = await lstat(folder);
  const isOwn = seen.isDirectory() && seen.uid === uid && (seen.mode & 0o077) === 0;
  return isOwn ? undefined : `${folder} belongs to somebody else or is open to others; remove it`;
}
