import { styleText } from "node:util";
import type { Refusal } from "../admin/refusal.ts";
import type { InputOf, OutputOf, UseCase } from "../admin/use-case.ts";
import type { Result } from "../core/result.ts";
import type { CliActions, OfflineSession } from "./actions.ts";
import { CliFailure, EXIT, openFailed, refused, usage } from "./cli-failure.ts";
import { askServer } from "./control-client.ts";
import type { CliIo } from "./io.ts";

/** What every command has: the terminal, the common options, and the way to the use cases. */
export interface CommandContext {
  readonly io: CliIo;
  readonly actions: CliActions;
  readonly dataDir: string;
  readonly json: boolean;
  readonly yes: boolean;
  /** Runs a use case on the running server, or on the data folder where none runs. Throws a {@link CliFailure}. */
  send<Case extends UseCase>(useCase: Case, input: InputOf<Case>): Promise<OutputOf<Case>>;
  /** Writes the result: as JSON with `--json`, else as the text made of it. */
  show<Value>(value: Value, toText: (value: Value) => string): void;
  bold(text: string): string;
  /** Ends what commands share. */
  close(): Promise<void>;
}

/** The options that every command takes. */
export interface CommonOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** The context of one run. */
export function commandContext(io: CliIo, actions: CliActions, options: CommonOptions): CommandContext {
  const dataDir = options.data ?? io.env["POSTERN_DATA"] ?? "data";
  let offline: OfflineSession | undefined;

  async function run(name: string, input: unknown): Promise<Result<unknown, Refusal>> {
    const answer = offline ? undefined : await askServer({ dataDir, name, input, user: io.userName });
    if (answer) return answer;
    if (!offline) {
      const opened = await actions.openOffline(dataDir);
      if (!opened.ok) throw openFailed(opened.error);
      offline = opened.value;
    }
    return offline.run(name, input, `cli:${io.userName}`);
  }

  return {
    io,
    actions,
    dataDir,
    json: options.json === true,
    yes: options.yes === true,
    async send(useCase, input) {
      const result = await run(useCase.name, input);
      if (!result.ok) throw refused(result.error);
      // The value has come from this very use case, perhaps through JSON, which its output is made of.
      return result.value as OutputOf<typeof useCase>;
    },
    show(value, toText) {
      io.stdout(options.json ? `${JSON.stringify(value, null, 2)}\n` : toText(value));
    },
    bold: (text) => (io.colours ? styleText("bold", text, { validateStream: false }) : text),
    async close() {
      await offline?.close();
    },
  };
}

/**
 * Sends a change of policy that may need the verdict typed. On a terminal the person is asked for the word; elsewhere the
 * refusal names the option. `--yes` does not stand in for it: the word shows that the verdict was read.
 */
export async function sendConfirmed<Output>(
  context: CommandContext,
  send: (confirm: "weak" | "open" | undefined) => Promise<Output>,
  confirm: "weak" | "open" | undefined,
): Promise<Output> {
  try {
    return await send(confirm);
  } catch (error) {
    const word = error instanceof CliFailure ? error.refusal?.confirm : undefined;
    if (word === undefined || !context.io.isTty || confirm !== undefined) throw error;
    context.io.stderr(`${error instanceof Error ? error.message : ""}\n`);
    const typed = await context.io.asker.text(`Type ${word} to do it all the same`, "no");
    if (typed !== word) throw new CliFailure(EXIT.failed, "nothing was changed");
    return send(word);
  }
}

/** Asks before something that cannot be undone; without a terminal `--yes` must have said it. */
export async function confirmOrStop(context: CommandContext, question: string): Promise<void> {
  if (context.yes) return;
  if (!context.io.isTty) throw usage(`${question} Nobody is here to ask: add --yes to do it`);
  if ((await context.io.asker.confirm(question)) !== true)
    throw new CliFailure(EXIT.failed, "nothing was done");
}

/** An object less the properties that are undefined, as options come from the command line. */
export function given<T extends object>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
