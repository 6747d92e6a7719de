import type { Static, TObject } from "typebox";
import { Check } from "typebox/value";
import type { Result } from "../core/result.ts";
import type { AdminContext } from "./admin-context.ts";
import { inputProblems } from "./input-problems.ts";
import { invalidInput, type Refusal } from "./refusal.ts";

/**
 * One thing that an administrator can do, as a value: CLI and API are made of these and hold no logic of their own.
 * Inputs and outputs are plain JSON; times are ISO 8601 in UTC, ids as people see them.
 */
export interface UseCase<Schema extends TObject = TObject, Output = unknown> {
  /** `noun.verb`, unique. */
  readonly name: string;
  /** One line for help and for the API's description. */
  readonly summary: string;
  readonly input: Schema;
  /** Whether it changes anything, so that it needs the right to. */
  readonly changes: boolean;
  /** Checks the input against the schema, then does it. Rejects only where something is broken. */
  run(context: AdminContext, input: unknown): Promise<Result<Output, Refusal>>;
}

/** What a use case takes, once it fits the schema. */
export type InputOf<Case> = Case extends UseCase<infer Schema, unknown> ? Static<Schema> : never;

/** What a use case gives when it is done. */
export type OutputOf<Case> = Case extends UseCase<TObject, infer Output> ? Output : never;

/** A use case as its file writes it: `run` gets an input that has been checked. */
export interface UseCaseDefinition<Schema extends TObject, Output> {
  readonly name: string;
  readonly summary: string;
  readonly input: Schema;
  readonly changes: boolean;
  run(context: AdminContext, input: Static<Schema>): Promise<Result<Output, Refusal>>;
}

/** Makes a use case that checks its input by itself. */
export function defineUseCase<Schema extends TObject, Output>(
  definition: UseCaseDefinition<Schema, Output>,
): UseCase<Schema, Output> {
  const { input: schema } = definition;
  return {
    name: definition.name,
    summary: definition.summary,
    input: schema,
    changes: definition.changes,
    async run(context, input) {
      const problems = inputProblems(schema, input);
      if (problems.length > 0 || !Check(schema, input)) return invalidInput(problems);
      return definition.run(context, input);
    },
  };
}
