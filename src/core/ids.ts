import type { Brand } from "./brand.ts";
import type { Clock } from "./instant.ts";

/**
 * Identifies a message or a decision. A number that grows with time, so that a new row always goes to the end of
 * its index: milliseconds since 2024 in the high 40 bits, a counter in the low 12. Fits a JavaScript number.
 */
export type Id<Name extends string> = Brand<number, Name>;

/** A message in the spool. */
export type MessageId = Id<"MessageId">;
/** One decision, for one recipient of one transaction. */
export type DecisionId = Id<"DecisionId">;
/** One row of the queue: one recipient still to be served. */
export type QueueId = Id<"QueueId">;

const EPOCH_MS = Date.UTC(2024, 0, 1);
const COUNTERS = 4096;

/** Makes ids that never repeat and never go back, also when the clock does. */
export function idSource<Name extends string>(clock: Clock, after = 0): () => Id<Name> {
  let last = after;
  return () => {
    last = Math.max(last + 1, (clock() - EPOCH_MS) * COUNTERS);
    return last as Id<Name>;
  };
}

/** Makes the ids of everything that a message leads to; none repeats. */
export interface NewIds {
  readonly message: () => MessageId;
  readonly queue: () => QueueId;
  readonly decision: () => DecisionId;
}

/** Takes an id back from a store, which has it as a plain number. */
export function storedId<Name extends string>(value: number): Id<Name> {
  return value as Id<Name>;
}

// Crockford's base 32: no I, L, O, U, so that an id survives being read out on the telephone.
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Writes an id as people see it: `0F3K9QZ7A2M`. */
export function formatId(id: number): string {
  let rest = id;
  let text = "";
  do {
    text = DIGITS[rest % 32] + text;
    rest = Math.floor(rest / 32);
  } while (rest > 0);
  return text;
}

/** Reads an id back; takes lower case and the usual slips (`O` for `0`, `I` and `L` for `1`). */
export function parseId<Name extends string>(text: string): Id<Name> | undefined {
  const folded = text.trim().toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
  if (!/^[0-9A-HJKMNP-TV-Z]{1,11}$/.test(folded)) return undefined;
  let value = 0;
  for (const digit of folded) value = value * 32 + DIGITS.indexOf(digit);
  return Number.isSafeInteger(value) ? (value as Id<Name>) : undefined;
}
