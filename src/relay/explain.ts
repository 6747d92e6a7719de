import type { Reply } from "../core/reply.ts";
import type { CompiledPolicy } from "./compile-policy.ts";
import { decide } from "./decide.ts";
import type { Identity, Step, Verdict } from "./decision.ts";
import type { RelayFacts } from "./facts.ts";
import type { Ground, Reason } from "./reason.ts";
import { type Flip, findFlips } from "./what-if.ts";

/** A decision with the whole way to it: what `relay explain` shows. */
export interface Explanation {
  readonly decision: Verdict;
  readonly reason: Reason;
  readonly grounds: readonly Ground[];
  readonly identity: Identity;
  readonly policy: number;
  /** The reply in the words that the client gets, less the decision id. */
  readonly reply: { readonly code: number; readonly status: string; readonly text: string };
  readonly steps: readonly Step[];
  /** The smallest changes that would turn the answer. */
  readonly flip: readonly Flip[];
}

/** Explains what the server would answer; the answer is made by {@link decide}, as for live mail. */
export function explain(policy: CompiledPolicy, facts: RelayFacts): Explanation {
  const steps: Step[] = [];
  const decision = decide(policy, facts, steps);
  return {
    decision: decision.verdict,
    reason: decision.reason,
    grounds: decision.grounds,
    identity: decision.identity,
    policy: decision.policy,
    reply: replyParts(decision.reply),
    steps,
    flip: findFlips(policy, facts),
  };
}

function replyParts(reply: Reply): Explanation["reply"] {
  return { code: reply.code, status: reply.status ?? "", text: reply.lines.join(" ") };
}
