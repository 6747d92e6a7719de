import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../core/result.ts";
import { takeDataLock } from "./data-lock.ts";
import { type DataPaths, dataPaths } from "./data-paths.ts";

/** The version of the data folder's layout that this program writes. It changes when older programs could do harm. */
const DATA_VERSION = 1;

/** A data folder that this process has to itself. */
export interface DataFolder {
  readonly paths: DataPaths;
  /** Gives the folder up. The stores in it must be closed before. */
  release(): void;
}

/** Why a data folder could not be opened; the message says what to do. */
export interface DataFolderProblem {
  readonly code: "not-set-up" | "newer" | "in-use" | "unusable";
  readonly message: string;
}

/** How far a data folder is: `new` has no configuration, `unfinished` was left by a setup that did not end. */
export async function dataFolderState(folder: string): Promise<"new" | "unfinished" | "set-up"> {
  const paths = dataPaths(folder);
  if (!(await exists(paths.config))) return "new";
  return (await exists(paths.unfinished)) ? "unfinished" : "set-up";
}

/** Makes the data folder and the folders in it, for nobody but their owner. What is there is left as it is. */
export async function makeDataFolder(folder: string): Promise<DataPaths> {
  const paths = dataPaths(folder);
  const { connections, postoffices, spool, run, tls } = paths;
  for (const each of [paths.root, connections, postoffices, spool, run, tls]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
  }
  return paths;
}

/** Opens a data folder that has been set up: checks its version, then takes its lock. */
export async function openDataFolder(folder: string): Promise<Result<DataFolder, DataFolderProblem>> {
  const paths = dataPaths(folder);
  if (!(await exists(paths.config))) {
    const message = `there is no ${paths.config}; make the data folder with: postern setup --data ${paths.root}`;
    return err({ code: "not-set-up", message });
  }
  try {
    const problem = await checkVersion(paths);
    if (problem) return err(problem);
    await makeDataFolder(folder);
    const lock = await takeDataLock(paths);
    if (!lock.ok) return err({ code: "in-use", message: lock.error });
    await writeOnce(paths.version, `${DATA_VERSION}\n`);
    return ok({ paths, release: lock.value.release });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the data folder ${paths.root} cannot be used: ${reason}; see to its owner and permissions`;
    return err({ code: "unusable", message });
  }
}

async function checkVersion(paths: DataPaths): Promise<DataFolderProblem | undefined> {
  const text = await readIfThere(paths.version);
  if (text === undefined) return undefined;
  const version = /^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
  if (version <= DATA_VERSION) return undefined;
  const wrong = Number.isNaN(version)
    ? `${paths.version} holds no version number`
    : `the data folder ${paths.root} is of version ${version}, and this Postern knows only up to ${DATA_VERSION}`;
  const message = `${wrong}; nothing was changed. Run the newer Postern that wrote it, or restore a backup from before`;
  return { code: "newer", message };
}

/** Writes a file for its owner only, unless there is one; `false`: there is. */
export async function writeOnce(file: string, text: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, text, { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** The text of a file, or `undefined` where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Marks the setup of a new folder as begun, so that one that was interrupted is taken up again. */
export async function beginSetUp(paths: DataPaths): Promise<void> {
  if (await exists(paths.config)) return;
  await writeFile(paths.unfinished, "", { mode: 0o600 });
}

/** Takes the mark away. */
export async function endSetUp(paths: DataPaths): Promise<void> {
  await rm(paths.unfinished, { force: true });
}

/** Adds lines to the first-login file, which only its owner can read. */
export async function writeFirstLogin(paths: DataPaths, lines: readonly string[]): Promise<string> {
  const head = "First passwords, made by setup. Change them, then delete this file.\n";
  await writeOnce(paths.firstLogin, head);
  await writeFile(paths.firstLogin, `${lines.join("\n")}\n`, { mode: 0o600, flag: "a" });
  return paths.firstLogin;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
