import { parseDurationMs } from "../core/instant.ts";
import { didYouMean } from "./did-you-mean.ts";

/** Called with the path of a key, what is wrong with it and what to do. */
export type Report = (key: string, wrong: string, todo: string) => void;

/** A value that the reader found, with its path, to say more about it. */
export interface Found<T> {
  readonly value: T;
  readonly key: string;
}

/**
 * Reads one table of a configuration, key by key, and reports everything that is wrong instead of stopping at the first.
 * A key that is wrong reads as its default, so that reading goes on.
 */
export interface TableReader {
  /** The path of the table, empty for the top. */
  readonly path: string;
  /** Whether the key is there at all, of whatever kind. */
  has(key: string): boolean;
  text(key: string): Found<string> | undefined;
  flag(key: string, fallback: boolean): boolean;
  /** A whole number within the bounds, both included. */
  integer(key: string, bounds: { readonly min: number; readonly max: number }, fallback: number): number;
  /** A duration such as `"15m"`, in milliseconds. */
  durationMs(key: string, bounds: DurationBounds, fallbackMs: number): number;
  oneOf<T extends string>(key: string, choices: readonly T[]): T | undefined;
  texts(key: string): readonly Found<string>[] | undefined;
  table(key: string): TableReader | undefined;
  tables(key: string): readonly TableReader[];
  /** Reports the keys that nobody has asked for. Call last. */
  finish(): void;
}

/** Bounds of a duration, both included, as a person writes them. */
export interface DurationBounds {
  readonly min: string;
  readonly max: string;
}

type Table = Readonly<Record<string, unknown>>;

/** The value of a key where it has the right kind; a value of another kind is reported. */
type Take = <T>(key: string, kind: string, todo: string, is: (value: unknown) => value is T) => T | undefined;

/** A {@link TableReader} over a parsed table. */
export function tableReader(table: Table, path: string, report: Report): TableReader {
  const asked = new Set<string>();
  const pathOf = (key: string): string => (path === "" ? key : `${path}.${key}`);

  const take: Take = (key, kind, todo, is) => {
    asked.add(key);
    const value = table[key];
    if (value === undefined || is(value)) return value;
    report(pathOf(key), `is ${describe(value)}, not ${kind}`, todo);
    return undefined;
  };

  return {
    path,
    has(key) {
      asked.add(key);
      return table[key] !== undefined;
    },
    text(key) {
      const value = take(key, "a text", `write it in quotes, as in ${key} = "…"`, isText);
      return value === undefined ? undefined : { value, key: pathOf(key) };
    },
    flag(key, fallback) {
      return take(key, "true or false", "write true or false, without quotes", isFlag) ?? fallback;
    },
    integer(key, { min, max }, fallback) {
      const todo = `write a whole number from ${min} to ${max}`;
      const value = take(key, "a whole number", todo, isInteger) ?? fallback;
      if (value >= min && value <= max) return value;
      report(pathOf(key), `is ${value}, which is out of bounds`, todo);
      return fallback;
    },
    durationMs(key, bounds, fallbackMs) {
      const value = take(key, "a duration", `write ${durationAdvice(bounds)}`, isText);
      if (value === undefined) return fallbackMs;
      return readDurationMs(value, bounds, pathOf(key), report) ?? fallbackMs;
    },
    oneOf(key, choices) {
      const value = take(key, "a text", `write one of ${quoted(choices)}`, isText);
      if (value === undefined) return undefined;
      const choice = choices.find((each) => each === value);
      if (choice === undefined) {
        report(pathOf(key), `is "${value}", which is not known`, chooseAdvice(value, choices));
      }
      return choice;
    },
    texts(key) {
      const value = take(key, "a list of texts", `write it as ${key} = ["…", "…"]`, isTexts);
      return value?.map((each, index) => ({ value: each, key: `${pathOf(key)}[${index}]` }));
    },
    table(key) {
      const value = take(key, "a table", `write it as [${pathOf(key)}] on a line of its own`, isTable);
      return value === undefined ? undefined : tableReader(value, pathOf(key), report);
    },
    tables(key) {
      const value = take(key, "a list of tables", `begin each with [[${pathOf(key)}]]`, isTables) ?? [];
      return value.map((each, index) => tableReader(each, `${pathOf(key)}[${index}]`, report));
    },
    finish() {
      for (const key of Object.keys(table)) {
        if (!asked.has(key)) report(pathOf(key), "is not known", unknownKeyAdvice(key, asked));
      }
    },
  };
}

/** Reads a duration within bounds, or reports why it is none. */
export function readDurationMs(
  text: string,
  bounds: DurationBounds,
  key: string,
  report: Report,
): number | undefined {
  const ms = parseDurationMs(text);
  const min = parseDurationMs(bounds.min) ?? 0;
  const max = parseDurationMs(bounds.max) ?? Number.POSITIVE_INFINITY;
  if (ms !== undefined && ms >= min && ms <= max) return ms;
  const wrong = ms === undefined ? "which is not a duration" : "which is out of bounds";
  report(key, `is "${text}", ${wrong}`, `write ${durationAdvice(bounds)}`);
  return undefined;
}

function unknownKeyAdvice(key: string, known: ReadonlySet<string>): string {
  const near = didYouMean(key, known);
  return near ? `did you mean ${near}?` : `take it out; known here: ${[...known].sort().join(", ")}`;
}

function durationAdvice(bounds: DurationBounds): string {
  return `a duration from "${bounds.min}" to "${bounds.max}", with ms, s, m, h or d after the number`;
}

function chooseAdvice(value: string, choices: readonly string[]): string {
  const near = didYouMean(value, choices);
  return near ? `did you mean "${near}"?` : `write one of ${quoted(choices)}`;
}

function quoted(choices: readonly string[]): string {
  return choices.map((choice) => `"${choice}"`).join(", ");
}

/** What a value is, for a message: never long. */
function describe(value: unknown): string {
  if (typeof value === "string") return `the text "${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  return value instanceof Date ? "a date" : "a table";
}

const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isInteger = (value: unknown): value is number => Number.isInteger(value);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
const isTables = (value: unknown): value is Table[] => Array.isArray(value) && value.every(isTable);
