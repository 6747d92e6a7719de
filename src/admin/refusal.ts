import { err, type Result } from "../core/result.ts";

/** Why a use case was not done. The message is a sentence for a person and never holds a secret. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** What is wrong with which part of the input, all at once. */
  readonly problems?: readonly InputProblem[];
  /** The word to give as `confirm` for it to be done all the same. */
  readonly confirm?: ConfirmWord;
}

/** A closed list for programs. `refused` is the directory's, queue's or policy's own *no*, in its words. */
export type RefusalCode =
  | "invalid-input"
  | "not-found"
  | "refused"
  | "confirm"
  | "conflict"
  | "unavailable"
  | "unknown-use-case"
  | "internal";

/** What a person types who has understood: the verdict of the new policy. */
export type ConfirmWord = "weak" | "open";

/** One thing that is wrong with the input. */
export interface InputProblem {
  /** The property: `address`, `members[1]`; empty for the input as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A refusal as a result. */
export function refuse(code: RefusalCode, message: string): Result<never, Refusal> {
  return err({ code, message });
}

/** A refusal for something about the input that its schema cannot say. */
export function invalid(path: string, ...messages: readonly string[]): Result<never, Refusal> {
  return invalidInput(messages.map((message) => ({ path, message })));
}

/** A refusal that tells all problems of the input at once. */
export function invalidInput(problems: readonly InputProblem[]): Result<never, Refusal> {
  const told = problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  return err({ code: "invalid-input", message: told.join("; "), problems });
}
