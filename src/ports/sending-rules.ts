import type { Instant } from "../core/instant.ts";
import type { EffectiveRules, SubjectRules } from "./usage-rules/subject-rules.ts";
import type { UseRow } from "./usage-rules/use-row.ts";

/** The limits, and from when on an account is contained, as an administrator sets them. */
export interface SendingRules {
  /** What is set; `account:*`, `postoffice:*`, `privileged:*` and `grant:*` stand for all of a kind. */
  list(): Promise<{ readonly subject: string; readonly rules: SubjectRules }[]>;
  /** What holds for a subject, set for it or not, and what it has sent as of `now`. */
  show(subject: string, now: Instant): Promise<{ readonly rules: EffectiveRules; readonly use: UseRow }>;
  /** Replaces what is set for a subject; without rules nothing is set for it any more. */
  set(subject: string, rules: SubjectRules): Promise<void>;
}
