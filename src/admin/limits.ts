import { Type } from "typebox";
import { didYouMean } from "../config/did-you-mean.ts";
import { err, ok, type Result } from "../core/result.ts";
import { LIMIT_NAMES } from "../core/sending-limits.ts";
import { RULE_NAMES, type RuleName, type SubjectRules } from "../ports/usage-rules/subject-rules.ts";
import { useOf } from "../ports/usage-rules/use-row.ts";
import { NoInput } from "./input-types.ts";
import { invalid } from "./refusal.ts";
import { readSubject } from "./sending-subject.ts";
import { defineUseCase } from "./use-case.ts";

const SubjectText = Type.String({ minLength: 1, maxLength: 300 });

/** All that is set. */
export const limitsList = defineUseCase({
  name: "limits.list",
  summary: "List the limits on sending that are set",
  input: NoInput,
  changes: false,
  async run({ sendingRules }) {
    return ok(await sendingRules.list());
  },
});

/** What bounds somebody, set for it or for all of its kind, and what of it is used. */
export const limitsShow = defineUseCase({
  name: "limits.show",
  summary: "Show the limits that hold for somebody, and what is used of them",
  input: Type.Object({ subject: SubjectText }),
  changes: false,
  async run({ sendingRules, clock }, input) {
    const subject = readSubject(input.subject);
    if (!subject.ok) return subject;
    const { rules, use } = await sendingRules.show(subject.value, clock());
    const counts = useOf(use);
    return ok({
      subject: subject.value,
      limits: LIMIT_NAMES.map((name) => ({ name, limit: rules[name] ?? null, used: counts[name] })),
      containment: {
        recipients: { from: rules.containRecipients ?? null, now: use.stepRecipients + use.beforeRecipients },
        firstTime: { from: rules.containFirstTime ?? null, now: use.stepFirstTime + use.beforeFirstTime },
        failures: { from: rules.containFailures ?? null, now: use.dayFailures },
      },
    });
  },
});

/** Sets some limits of somebody; what is not named stays. */
export const limitsSet = defineUseCase({
  name: "limits.set",
  summary: "Set limits on somebody's sending: name=number, name=none or name=default",
  input: Type.Object({
    subject: SubjectText,
    changes: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 20 }),
  }),
  changes: true,
  async run({ sendingRules }, input) {
    const subject = readSubject(input.subject);
    if (!subject.ok) return subject;
    const before = (await sendingRules.list()).find((each) => each.subject === subject.value)?.rules ?? {};
    const rules = applyChanges(before, input.changes);
    if (!rules.ok) return invalid("changes", ...rules.error);
    await sendingRules.set(subject.value, rules.value);
    return ok({ subject: subject.value, rules: rules.value });
  },
});

function applyChanges(before: SubjectRules, changes: readonly string[]): Result<SubjectRules, string[]> {
  const rules: { [Name in RuleName]?: number | "none" } = { ...before };
  const problems: string[] = [];
  for (const change of changes) {
    const equals = change.indexOf("=");
    const [name, value] = [change.slice(0, equals).trim(), change.slice(equals + 1).trim()];
    const known = RULE_NAMES.find((each) => each === name);
    if (equals < 1) problems.push(`"${change}" sets nothing; write name=number, as in recipientsPerDay=500`);
    else if (!known) problems.push(unknownName(name));
    else if (value === "default") delete rules[known];
    else if (value === "none") rules[known] = "none";
    else if (/^[1-9]\d{0,8}$/.test(value)) rules[known] = Number(value);
    else problems.push(`${name}: "${value}" is neither a number from 1 on, nor none, nor default`);
  }
  return problems.length === 0 ? ok(rules) : err(problems);
}

function unknownName(name: string): string {
  const near = didYouMean(name, RULE_NAMES);
  return near
    ? `${name} is not known; did you mean ${near}?`
    : `${name} is not known; the limits are ${RULE_NAMES.join(", ")}`;
}
