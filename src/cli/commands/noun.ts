import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";

/** Gives the context of this run; the common options are only known once the line has been parsed. */
export type ContextOf = () => CommandContext;

/** What every verb's help has. */
export interface VerbHelp {
  readonly summary: string;
  /** Lines that work as they stand. */
  readonly examples: readonly string[];
}

/** Adds `noun` to the program. */
export function addNoun(program: Command, noun: string, summary: string): Command {
  return program.command(noun).summary(summary).description(summary);
}

/** Adds a verb with its arguments, as `add <address>`. */
export function addVerb(noun: Command, verb: string, { summary, examples }: VerbHelp): Command {
  const lines = examples.map((example) => `  postern ${example}\n`).join("");
  return noun
    .command(verb)
    .summary(summary)
    .description(summary)
    .addHelpText("after", `\nExamples:\n${lines}`);
}

/** Collects an option that may be given several times, or once with commas. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [
    ...before,
    ...value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ];
}
