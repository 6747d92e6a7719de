import type { PolicyStore } from "../ports/policy-store.ts";
import { type CompiledPolicy, compilePolicy } from "../relay/compile-policy.ts";

/** The policy in force, compiled once for each change. */
export interface LivePolicy {
  readonly now: () => CompiledPolicy;
  /** Calls back after each change. */
  onChange(listener: (policy: CompiledPolicy) => void): void;
}

/** Follows the policy store. */
export async function livePolicy(policies: PolicyStore): Promise<LivePolicy> {
  let current = compilePolicy(await policies.current());
  const listeners: ((policy: CompiledPolicy) => void)[] = [];
  policies.subscribe((policy) => {
    current = compilePolicy(policy);
    for (const listener of listeners) listener(current);
  });
  return { now: () => current, onChange: (listener) => void listeners.push(listener) };
}
