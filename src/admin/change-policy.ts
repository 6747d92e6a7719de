import type { Instant } from "../core/instant.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { RelayPolicy } from "../relay/policy.ts";
import type { AdminContext } from "./admin-context.ts";
import { type PolicyCause, policyCauses, verdictOf } from "./policy-causes.ts";
import { type ConfirmWord, type Refusal, refuse } from "./refusal.ts";

/** A policy as it would be, less its number. */
export type PolicyDraft = Pick<RelayPolicy, "settings" | "privileged">;

/** How a change of policy is made. */
export interface PolicyEdit {
  /** The new policy, made from the one in force. */
  readonly draft: PolicyDraft;
  /** What in the change must be confirmed besides what {@link policyCauses} finds in force. */
  readonly causes?: readonly PolicyCause[];
  readonly confirm?: ConfirmWord | undefined;
  readonly comment: string;
}

/**
 * Saves a policy over the one it was made from. A change that makes the server weak or open needs the verdict as its
 * confirmation (SPEC §3.2); what was so before needs none again.
 */
export async function changePolicy(
  context: AdminContext,
  before: RelayPolicy,
  edit: PolicyEdit,
): Promise<Result<RelayPolicy, Refusal>> {
  const now = context.clock();
  const unconfirmed = needsConfirmation(before, edit, now);
  if (unconfirmed) return err(unconfirmed);
  const saved = await context.policies.save({
    base: before.number,
    settings: edit.draft.settings,
    privileged: edit.draft.privileged,
    author: context.actor,
    comment: edit.comment,
    at: now,
  });
  if (saved.ok) return ok(saved.value);
  return refuse(
    "conflict",
    `somebody else changed the policy after number ${before.number}; nothing was overwritten. Look at it again (relay show) and repeat the change`,
  );
}

function needsConfirmation(before: RelayPolicy, edit: PolicyEdit, now: Instant): Refusal | undefined {
  const old = new Set(policyCauses(before, now).map(({ key }) => key));
  const fresh = [...policyCauses(edit.draft, now), ...(edit.causes ?? [])].filter(({ key }) => !old.has(key));
  const verdict = verdictOf(fresh);
  if (verdict === "closed" || edit.confirm === verdict) return undefined;
  const because = [...new Set(fresh.map((cause) => cause.because))].join("; ");
  return {
    code: "confirm",
    confirm: verdict,
    message: `this would make the server ${verdict}: ${because}. Nothing was changed`,
  };
}
