import { LIMIT_NAMES, type LimitName, type SendingLimits } from "../../core/sending-limits.ts";

/** What may be seen of an account before it is contained without asking anybody. */
export const TRIP_NAMES = ["containRecipients", "containFirstTime", "containFailures"] as const;

/** One of {@link TRIP_NAMES}. */
export type TripName = (typeof TRIP_NAMES)[number];

/** All that can be set for a subject. */
export type RuleName = LimitName | TripName;

/** Every name that can be set, in the order in which they are shown and kept. */
export const RULE_NAMES: readonly RuleName[] = [...LIMIT_NAMES, ...TRIP_NAMES];

/** What is set for a subject: a number; `"none"` lifts what all of its kind have; absent: as all of its kind. */
export type SubjectRules = Readonly<Partial<Record<RuleName, number | "none">>>;

/** The rules that hold for a subject, after its own and those of its kind; a rule that is absent does not bind. */
export type EffectiveRules = SendingLimits & Readonly<Partial<Record<TripName, number>>>;

/**
 * What an account is contained for where nothing else is set. A person who writes by hand stays far below; a program that
 * sends to many new addresses is set its own.
 */
export const DEFAULT_TRIPS: Readonly<Record<TripName, number>> = {
  containRecipients: 500,
  containFirstTime: 50,
  containFailures: 25,
};

/** A subject's own rules over those of all of its kind, over what holds where nothing is set. */
export function effectiveRules(
  own: SubjectRules | undefined,
  ofKind: SubjectRules | undefined,
  base: EffectiveRules,
): EffectiveRules {
  if (!own && !ofKind) return base;
  const rules: { [Name in RuleName]?: number } = {};
  for (const name of RULE_NAMES) {
    const value = own?.[name] ?? ofKind?.[name] ?? base[name];
    if (value !== undefined && value !== "none") rules[name] = value;
  }
  return rules;
}

/** The subject that stands for all of a kind: `account:*` for `account:alice@example.test`. */
export function kindOf(subject: string): string {
  return `${subject.slice(0, subject.indexOf(":"))}:*`;
}
