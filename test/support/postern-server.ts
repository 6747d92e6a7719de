import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Finished, type ProcessOptions, runProcess, startProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";

/** A real Postern in a process of its own, with a data folder of its own. */
export interface PosternServer {
  readonly pid: number;
  readonly dataFolder: string;
  /** The port of the listener with that name, such as `mx`. */
  port(listener: string): number;
  /** Runs a command of the command line against it, such as `["relay", "show", "--json"]`, however it ends. */
  cli(args: readonly string[], options?: ProcessOptions): Promise<Finished>;
  /** The same for commands that must succeed: rejects with what was written when one does not. */
  configure(...commands: readonly (readonly string[])[]): Promise<void>;
  /** All that it has written: its log. */
  log(): string;
  /** Ends it and deletes its data folder. */
  stop(): Promise<void>;
}

/** How Postern is set up. */
export interface PosternOptions {
  /** Changes `postern.toml` before the start. All its ports are 0 by then. */
  readonly edit?: (toml: string) => string;
}

const PROGRAM = join(import.meta.dirname, "..", "..", "src", "main", "postern.ts");

/** Sets Postern up with its defaults and starts it on free ports of 127.0.0.1. */
export async function startPostern(options: PosternOptions = {}): Promise<PosternServer> {
  const folder = await tempDir();
  const cli = (args: readonly string[], extra: ProcessOptions = {}) => {
    const env = { ...extra.env, POSTERN_DATA: folder.path };
    return runProcess(process.execPath, [PROGRAM, ...args], { ...extra, env });
  };
  const configure = async (...commands: readonly (readonly string[])[]) => {
    for (const args of commands) {
      const { code, output } = await cli(args);
      if (code !== 0) throw new Error(`postern ${args.join(" ")} ended with ${code}: ${output}`);
    }
  };
  try {
    await configure(["setup", "--hostname", "mx.example.test", "--defaults"]);
    const file = join(folder.path, "postern.toml");
    const toml = (await readFile(file, "utf8")).replace(/^port = \d+/gm, "port = 0");
    await writeFile(file, options.edit?.(toml) ?? toml);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const server = startProcess(process.execPath, [PROGRAM, "serve"], { env: { POSTERN_DATA: folder.path } });
  const stop = async () => {
    await server.stop();
    await folder.remove();
  };
  try {
    const [line] = await server.waitForLine(/^\{.*"event":"ready".*\}$/);
    const ports = readPorts(line);
    const port = (listener: string) => {
      const found = ports.get(listener);
      if (found === undefined) throw new Error(`Postern has no listener ${listener}: ${line}`);
      return found;
    };
    return { pid: server.pid, dataFolder: folder.path, port, cli, configure, log: server.output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The ready line's listeners by name. */
function readPorts(line: string): Map<string, number> {
  const ready = JSON.parse(line) as { listeners: readonly { name: string; port: number }[] };
  return new Map(ready.listeners.map(({ name, port }) => [name, port]));
}
