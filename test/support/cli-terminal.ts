import type { AdminContext } from "../../src/admin/admin-context.ts";
import { runUseCase } from "../../src/admin/use-cases.ts";
import type { CliActions } from "../../src/cli/actions.ts";
import type { Asker, CliIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import { memoryAdminContext } from "./memory-admin-context.ts";

/** What a command line came to. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a test runs the CLI: over stores in memory, with nobody at the terminal unless it says so. */
export interface CliTerminal {
  /** Runs one command line; words are separated by blanks, and `stdin` is all there is to read. */
  run(line: string | readonly string[], stdin?: string): Promise<CliRun>;
  readonly context: AdminContext;
}

export interface CliTerminalOptions {
  readonly context?: AdminContext;
  readonly actions?: Partial<CliActions>;
  readonly io?: Partial<CliIo>;
  /** Answers to questions, in order; with them a person sits in front. */
  readonly answers?: readonly (string | boolean | undefined)[];
  /** Questions that were asked. */
  readonly asked?: string[];
}

/** A CLI without a process. No server runs: commands open the data folder themselves, which is the context. */
export function cliTerminal(options: CliTerminalOptions = {}): CliTerminal {
  const context = options.context ?? memoryAdminContext();
  const actions: CliActions = {
    dataFolderState: async () => "set-up",
    setUp: () => Promise.reject(new Error("setup was not expected")),
    serve: () => Promise.reject(new Error("serve was not expected")),
    openOffline: async () => ({
      ok: true,
      value: {
        run: (name, input, actor) => runUseCase({ ...context, actor }, name, input),
        close: async () => {},
      },
    }),
    ...options.actions,
  };
  return {
    context,
    async run(line, stdin = "") {
      let stdout = "";
      let stderr = "";
      const io: CliIo = {
        stdout: (text) => {
          stdout += text;
        },
        stderr: (text) => {
          stderr += text;
        },
        readStdin: async (maxBytes) => (stdin.length > maxBytes ? undefined : stdin),
        env: { POSTERN_DATA: "/nowhere/postern-data" },
        isTty: options.answers !== undefined,
        colours: false,
        machineName: "mx.example.test",
        userName: "tester",
        asker: scriptedAsker(options.answers ?? [], options.asked ?? []),
        ...options.io,
      };
      const args = typeof line === "string" ? line.split(" ") : line;
      const code = await runCli(args, io, "1.2.3", actions);
      return { code, stdout, stderr };
    },
  };
}

function scriptedAsker(answers: readonly (string | boolean | undefined)[], asked: string[]): Asker {
  const rest = [...answers];
  const next = (question: string) => {
    asked.push(question);
    if (rest.length === 0) throw new Error(`no answer is left for: ${question}`);
    return rest.shift();
  };
  const text = (question: string) => {
    const answer = next(question);
    return typeof answer === "string" ? answer : undefined;
  };
  return {
    text: async (question, suggestion) => text(question) || suggestion,
    password: async (question) => text(question),
    confirm: async (question) => next(question) === true,
  };
}
