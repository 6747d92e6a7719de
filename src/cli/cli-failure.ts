import type { Refusal } from "../admin/refusal.ts";

/** Exit codes (SPEC §5; the latter two are those of sysexits.h). */
export const EXIT = { done: 0, failed: 1, usage: 64, configuration: 78 } as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command: with its exit code and a sentence that says what to do. Thrown, since commander's actions return nothing. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  /** The refusal that it came from, for `--json`. */
  readonly refusal: Refusal | undefined;

  constructor(exitCode: ExitCode, message: string, refusal?: Refusal) {
    super(message);
    this.exitCode = exitCode;
    this.refusal = refusal;
  }
}

/** Why main could not open or serve a data folder. */
export interface OpenFailure {
  /** `configuration`: a file has to be changed first; `failed`: anything else. */
  readonly kind: "configuration" | "failed";
  readonly message: string;
}

/** A failure of main's as one of a command. */
export function openFailed({ kind, message }: OpenFailure): CliFailure {
  return new CliFailure(kind === "configuration" ? EXIT.configuration : EXIT.failed, message);
}

/** A usage error. */
export function usage(message: string): CliFailure {
  return new CliFailure(EXIT.usage, message);
}

/** A use case's refusal as a failure: input that fits no schema was bad usage. */
export function refused(refusal: Refusal): CliFailure {
  const isUsage = refusal.code === "invalid-input" || refusal.code === "unknown-use-case";
  const hint =
    refusal.confirm === undefined ? "" : `; to do it all the same, add --confirm ${refusal.confirm}`;
  return new CliFailure(isUsage ? EXIT.usage : EXIT.failed, `${refusal.message}${hint}`, refusal);
}
