import type { SQLOutputValue } from "node:sqlite";
import { StoreUnavailable } from "../../ports/queue-store.ts";

/** A value as a row brings it, before it is known to be what its column should hold. */
export type Stored = SQLOutputValue | undefined;

/** Reads a column that holds whole numbers. Throws {@link StoreUnavailable} where something else is in it. */
export function integer(value: Stored): number {
  if (typeof value === "number") return value;
  throw notOurs("a number", value);
}

/** Reads a column that holds numbers or nothing. */
export function optionalInteger(value: Stored): number | undefined {
  return value === null ? undefined : integer(value);
}

/** Reads a column of 0 and 1. */
export function flag(value: Stored): boolean {
  return integer(value) !== 0;
}

/** Reads a column that holds text. */
export function text(value: Stored): string {
  if (typeof value === "string") return value;
  throw notOurs("text", value);
}

/** Reads a column that holds text or nothing. */
export function optionalText(value: Stored): string | undefined {
  return value === null ? undefined : text(value);
}

/** Reads a column that holds bytes. */
export function bytes(value: Stored): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw notOurs("bytes", value);
}

/** Reads a column that holds one word of a closed list. */
export function oneOf<Word extends string>(words: readonly Word[], value: Stored): Word {
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw notOurs(`one of ${words.join(", ")}`, value);
}

/** Reads a column that holds words of a closed list, parted by commas; the empty text is the empty list. */
export function listOf<Word extends string>(words: readonly Word[], value: Stored): Word[] {
  const joined = text(value);
  return joined === "" ? [] : joined.split(",").map((word) => oneOf(words, word));
}

function notOurs(expected: string, value: Stored): StoreUnavailable {
  // The value itself stays out of the message: it may be a secret.
  const found = value === null ? "nothing" : typeof value;
  return new StoreUnavailable(
    `A row of the database holds ${found} where ${expected} should be. Something else has written to it; restore a backup.`,
  );
}
