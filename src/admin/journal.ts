import { Type } from "typebox";
import { formatId, parseId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";
import { ok, type Result } from "../core/result.ts";
import type { JournalEntry } from "../ports/journal.ts";
import { REASONS } from "../relay/reason.ts";
import { LimitNumber } from "./input-types.ts";
import { isoTime, readMoment } from "./read-input.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

/** A decision for people and programs. */
export type DecisionView = Omit<JournalEntry, "id" | "at" | "message"> & {
  readonly id: string;
  readonly at: string;
  readonly message?: string;
};

function viewDecision({ id, at, message, ...rest }: JournalEntry): DecisionView {
  return {
    id: formatId(id),
    at: isoTime(at),
    ...(message === undefined ? {} : { message: formatId(message) }),
    ...rest,
  };
}

const MomentText = Type.String({ minLength: 1, maxLength: 40 });
const WordText = Type.String({ maxLength: 320 });

/** Decisions that match everything given, newest first. */
export const journalSearch = defineUseCase({
  name: "journal.search",
  summary: "Search the decisions, newest first",
  input: Type.Object({
    since: Type.Optional(MomentText),
    until: Type.Optional(MomentText),
    client: Type.Optional(WordText),
    login: Type.Optional(WordText),
    sender: Type.Optional(WordText),
    recipient: Type.Optional(WordText),
    reason: Type.Optional(Type.Enum([...REASONS])),
    limit: Type.Optional(LimitNumber),
  }),
  changes: false,
  async run({ journal, clock }, { since, until, limit, ...words }) {
    const from = readOptional("since", since, clock());
    if (!from.ok) return from;
    const to = readOptional("until", until, clock());
    if (!to.ok) return to;
    const entries = await journal.search({
      ...words,
      ...(from.value === undefined ? {} : { since: from.value }),
      ...(to.value === undefined ? {} : { until: to.value }),
      limit: limit ?? 50,
    });
    return ok(entries.map(viewDecision));
  },
});

function readOptional(
  path: string,
  text: string | undefined,
  now: Instant,
): Result<Instant | undefined, Refusal> {
  return text === undefined ? ok(undefined) : readMoment(path, text, now);
}

/** One decision, by the id that its reply ended in. */
export const journalShow = defineUseCase({
  name: "journal.show",
  summary: "Show one decision by the id at the end of its reply",
  input: Type.Object({ id: Type.String({ minLength: 1, maxLength: 20 }) }),
  changes: false,
  async run({ journal }, input) {
    const id = parseId<"DecisionId">(input.id);
    const entry = id === undefined ? undefined : await journal.show(id);
    if (!entry)
      return refuse("not-found", `the journal has no decision ${input.id}; journal search finds others`);
    return ok(viewDecision(entry));
  },
});
