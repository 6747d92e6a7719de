import type { TObject } from "typebox";
import { Errors } from "typebox/value";
import { didYouMean } from "../config/did-you-mean.ts";
import type { InputProblem } from "./refusal.ts";

type SchemaError = ReturnType<typeof Errors>[number];

/** Compares an input with its schema; unknown properties are problems too. Empty: the input fits. */
export function inputProblems(schema: TObject, input: unknown): readonly InputProblem[] {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return [{ path: "", message: "the input must be a JSON object" }];
  }
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(input).filter((key) => !known.includes(key));
  const problems = unknown.map((key) => ({ path: key, message: unknownMessage(key, known) }));
  for (const error of Errors(schema, input)) {
    problems.push(...toProblems(error));
  }
  return problems;
}

function unknownMessage(key: string, known: readonly string[]): string {
  const near = didYouMean(key, known);
  if (near) return `is not known; did you mean ${near}?`;
  return known.length === 0
    ? "is not known; nothing is asked for"
    : `is not known; known are ${known.join(", ")}`;
}

function toProblems(error: SchemaError): InputProblem[] {
  if (error.keyword === "required") {
    return error.params.requiredProperties.map((path) => ({ path, message: "is missing" }));
  }
  return [{ path: toPath(error.instancePath), message: toMessage(error) }];
}

/** `/members/1` becomes `members[1]`. */
function toPath(pointer: string): string {
  return pointer
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
};

function toMessage(error: SchemaError): string {
  switch (error.keyword) {
    case "type":
      return `must be ${[error.params.type]
        .flat()
        .map((type) => KINDS[type] ?? type)
        .join(" or ")}`;
    case "enum":
      return `must be one of ${error.params.allowedValues.join(", ")}`;
    case "minLength":
      return error.params.limit === 1
        ? "must not be empty"
        : `needs at least ${error.params.limit} characters`;
    case "maxLength":
      return `must not have more than ${error.params.limit} characters`;
    case "minimum":
      return `must be at least ${error.params.limit}`;
    case "maximum":
      return `must be at most ${error.params.limit}`;
    case "minItems":
      return `needs at least ${error.params.limit}`;
    case "maxItems":
      return `must not have more than ${error.params.limit}`;
    default:
      return error.message;
  }
}
