import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How a program is started. The environment is added to this process's own. */
export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on stdin; without it, stdin is empty. */
  readonly input?: string | Uint8Array;
  /** An open file that takes stdout instead of this process. */
  readonly stdoutFd?: number;
}

/** How a program ended: `code` is null where a signal ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program and what it has written. */
export interface StartedProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  stdout(): string;
  /** Stdout and stderr in the order in which they came. */
  output(): string;
  /** The first line, written already or yet to come, that matches; rejects when the program ends or time is up. */
  waitForLine(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Sends SIGTERM (or another signal), after `graceMs` SIGKILL, and waits for the end. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>;
}

/** What a program that ran to its end has written. */
export interface Finished extends Exit {
  readonly stdout: string;
  readonly output: string;
}

/** A program may write more than this; the rest is dropped, so that a babbler cannot fill the memory. */
const MAX_KEPT_CHARACTERS = 4 * 1024 * 1024;

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Starts a program and keeps what it writes. Whoever starts it stops it; what is left dies with this process. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): StartedProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", options.stdoutFd ?? "pipe", "pipe"],
  });
  alive.add(child);
  const written = collectOutput(child);
  // The program may end without having read its input.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  const exited = exitOf(child, command).finally(() => alive.delete(child));
  // Whoever awaits it sees the failure; whoever does not must not be ended by it.
  exited.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    exited,
    stdout: () => written.stdout,
    output: () => written.output,
    waitForLine: (pattern, withinMs = 20_000) => waitForLine(child, exited, written, pattern, withinMs),
    stop: (signal = "SIGTERM", graceMs = 10_000) => stop(child, exited, signal, graceMs),
  };
}

/** Runs a program to its end; after `withinMs` it is killed and the promise rejects with what it wrote. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions & { readonly withinMs?: number } = {},
): Promise<Finished> {
  const withinMs = options.withinMs ?? 60_000;
  const started = startProcess(command, args, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void started.stop("SIGKILL");
  }, withinMs);
  try {
    const exit = await started.exited;
    if (late) throw new Error(`${command} did not end within ${withinMs} ms. It wrote:\n${started.output()}`);
    return { ...exit, stdout: started.stdout(), output: started.output() };
  } finally {
    clearTimeout(timer);
  }
}

/** The text that a child has written so far. */
interface Written {
  stdout: string;
  stderr: string;
  output: string;
}

function collectOutput(child: ChildProcess): Written {
  const written: Written = { stdout: "", stderr: "", output: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (written.output.length > MAX_KEPT_CHARACTERS) return;
      written[name] += text;
      written.output += text;
    });
  }
  return written;
}

async function exitOf(child: ChildProcess, command: string): Promise<Exit> {
  try {
    // "close" comes after "exit", when all that the program wrote has been read.
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return { code, signal };
  } catch (error) {
    throw new Error(`${command} could not be started`, { cause: error });
  }
}

function waitForLine(
  child: ChildProcess,
  exited: Promise<Exit>,
  written: Written,
  pattern: RegExp,
  withinMs: number,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      cleanUp();
      reject(new Error(`${why} before a line matched ${pattern}. It wrote:\n${written.output}`));
    };
    const look = () => {
      const match = firstMatch(written.stdout, pattern) ?? firstMatch(written.stderr, pattern);
      if (match === undefined) return false;
      cleanUp();
      resolve(match);
      return true;
    };
    const timer = setTimeout(() => fail(`${withinMs} ms passed`), withinMs);
    const cleanUp = () => {
      clearTimeout(timer);
      child.stdout?.off("data", look);
      child.stderr?.off("data", look);
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    exited.then(
      (exit) => look() || fail(`The program ended (${exit.signal ?? exit.code})`),
      (error: unknown) => fail(String(error)),
    );
    look();
  });
}

/** Only whole lines count: the last one may be half written. */
function firstMatch(text: string, pattern: RegExp): RegExpExecArray | undefined {
  for (const line of text.split("\n").slice(0, -1)) {
    const match = pattern.exec(line.replace(/\r$/, ""));
    if (match) return match;
  }
  return undefined;
}

async function stop(
  child: ChildProcess,
  exited: Promise<Exit>,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<Exit> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  try {
    return await exited;
  } finally {
    clearTimeout(timer);
  }
}
