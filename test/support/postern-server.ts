import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Maildir, maildir } from "./maildir.ts";
import { type Exit, type Finished, type ProcessOptions, runProcess, startProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { waitUntil } from "./wait-until.ts";

/** A data folder of Postern's with the command line on it. A server may run on it or not. */
export interface PosternFolder {
  readonly dataFolder: string;
  /** Runs a command of the command line against it, such as `["relay", "show", "--json"]`, however it ends. */
  cli(args: readonly string[], options?: ProcessOptions): Promise<Finished>;
  /** The same for commands that must succeed: rejects with what was written when one does not. */
  configure(...commands: readonly (readonly string[])[]): Promise<void>;
  /** What a command that must succeed says with `--json`. */
  json<T>(...args: readonly string[]): Promise<T>;
  /** Waits until nothing is in the queue any more. */
  waitForEmptyQueue(): Promise<void>;
  /** The Maildir of a mailbox; its post office is the one that setup makes unless another is named. */
  mailbox(address: string, postoffice?: string): Maildir;
}

/** A folder that setup has filled. */
export interface SetUpPostern extends PosternFolder {
  /**
   * Runs the server on it until the caller ends it; the folder stays. Rejects with its log when it does not start.
   * @param under a program with its arguments that starts the server in its own place, such as `strace -D`
   */
  serve(under?: readonly string[]): Promise<ServingPostern>;
  /** Changes `postern.toml`. All its ports are 0. */
  edit(change: (toml: string) => string): Promise<void>;
  /** Deletes it. */
  remove(): Promise<void>;
}

/** A server process. */
export interface ServingPostern {
  readonly pid: number;
  /** The port of the listener with that name, such as `mx`. */
  port(listener: string): number;
  /** All that it has written: its log. */
  log(): string;
  /** Resolves when it has ended, by itself or not. */
  readonly exited: Promise<Exit>;
  /** Sends it a signal, SIGTERM unless told otherwise, and waits for its end; after `graceMs` it is killed. */
  end(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

/** A real Postern in a process of its own, with a data folder of its own. */
export interface PosternServer extends PosternFolder, ServingPostern {
  /** Ends it and deletes its data folder. */
  stop(): Promise<void>;
}

/** How Postern is set up. */
export interface PosternOptions {
  /** Changes `postern.toml` before the start. All its ports are 0 by then. */
  readonly edit?: (toml: string) => string;
}

/** The mailbox that setup makes, with the password that {@link startPostern} gives it. */
export const ALICE = { user: "alice@example.test", password: "wonderland 1865" } as const;

const PROGRAM = join(import.meta.dirname, "..", "..", "src", "main", "postern.ts");

/** Sets Postern up with its defaults and starts it on free ports of 127.0.0.1. */
export async function startPostern(options: PosternOptions = {}): Promise<PosternServer> {
  const folder = await setUpPostern(options);
  try {
    const server = await folder.serve();
    const stop = async () => {
      await server.end();
      await folder.remove();
    };
    return { ...folder, ...server, stop };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Makes a data folder for mx.example.test with the mailbox of {@link ALICE}. */
export async function setUpPostern(options: PosternOptions = {}): Promise<SetUpPostern> {
  const folder = await tempDir();
  const postern = onFolder(folder.path);
  const file = join(folder.path, "postern.toml");
  const edit = async (change: (toml: string) => string) =>
    writeFile(file, change(await readFile(file, "utf8")));
  try {
    await postern.configure(["setup", "--hostname", "mx.example.test", "--defaults"]);
    await edit((toml) => toml.replace(/^port = \d+/gm, "port = 0"));
    if (options.edit) await edit(options.edit);
    const password = ["mailbox", "set-password", ALICE.user, "--password-stdin"];
    const { code, output } = await postern.cli(password, { input: ALICE.password });
    if (code !== 0) throw new Error(`postern ${password.join(" ")} ended with ${code}: ${output}`);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return { ...postern, serve: (under) => serve(folder.path, under), edit, remove: () => folder.remove() };
}

function onFolder(dataFolder: string): PosternFolder {
  const cli = (args: readonly string[], extra: ProcessOptions = {}) => {
    const env = { ...extra.env, POSTERN_DATA: dataFolder };
    return runProcess(process.execPath, [PROGRAM, ...args], { ...extra, env });
  };
  const mustRun = async (args: readonly string[]) => {
    const { code, stdout, output } = await cli(args);
    if (code !== 0) throw new Error(`postern ${args.join(" ")} ended with ${code}: ${output}`);
    return stdout;
  };
  const json = async <T>(...args: readonly string[]): Promise<T> =>
    JSON.parse(await mustRun([...args, "--json"]));
  return {
    dataFolder,
    cli,
    configure: async (...commands) => {
      for (const args of commands) await mustRun(args);
    },
    json,
    waitForEmptyQueue: async () => {
      let rows: unknown[] = [];
      const empty = async () => {
        rows = await json<unknown[]>("queue", "list");
        return rows.length === 0 ? true : undefined;
      };
      await waitUntil(() => `the queue still has ${JSON.stringify(rows)}`, empty);
    },
    mailbox: (address, postoffice = "example") =>
      maildir(join(dataFolder, "Postoffices", postoffice, address, "Maildir")),
  };
}

async function serve(dataFolder: string, under: readonly string[] = []): Promise<ServingPostern> {
  const [command = process.execPath, ...args] = [...under, process.execPath, PROGRAM, "serve"];
  const server = startProcess(command, args, { env: { POSTERN_DATA: dataFolder } });
  try {
    const [line] = await server.waitForLine(/^\{.*"event":"ready".*\}$/);
    const ports = readPorts(line);
    const port = (listener: string) => {
      const found = ports.get(listener);
      if (found === undefined) throw new Error(`Postern has no listener ${listener}: ${line}`);
      return found;
    };
    return { pid: server.pid, port, log: server.output, exited: server.exited, end: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The ready line's listeners by name. */
function readPorts(line: string): Map<string, number> {
  const ready = JSON.parse(line) as { listeners: readonly { name: string; port: number }[] };
  return new Map(ready.listeners.map(({ name, port }) => [name, port]));
}
