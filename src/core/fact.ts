/**
 * What is known about one question. A question that could not be answered is never a *no*:
 * a decision that needs it is deferred (docs/adr/0003-unknown-defers.md).
 */
export type Fact<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly cause: UnknownCause };

/** Why a fact is missing; for the journal and the log, never for the reply. */
export type UnknownCause = "timeout" | "unavailable" | "not-asked";

/** A fact with its answer. */
export function known<T>(value: T): Fact<T> {
  return { known: true, value };
}

/** A fact that nobody could establish, and why. */
export function unknown(cause: UnknownCause): Fact<never> {
  return { known: false, cause };
}
