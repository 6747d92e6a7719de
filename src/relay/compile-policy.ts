import type { PrivilegedEntry, RelayPolicy, RelaySettings } from "./policy.ts";
import { type PrivilegedIndex, privilegedIndex } from "./privileged-index.ts";

/** A policy made ready for deciding: the same content, with the privileged list as an index. */
export interface CompiledPolicy {
  readonly number: number;
  readonly settings: RelaySettings;
  readonly privileged: PrivilegedIndex;
  /** Whether any entry has a daily cap, so that its use has to be asked for. */
  readonly hasCaps: boolean;
}

/** Compiles a policy once, when it is taken; deciding then costs the same with ten entries or ten thousand. */
export function compilePolicy(policy: RelayPolicy): CompiledPolicy {
  return {
    number: policy.number,
    settings: policy.settings,
    privileged: privilegedIndex(policy.privileged),
    hasCaps: policy.privileged.some((entry) => entry.dailyCap !== undefined),
  };
}

/** The same policy with other settings; the index is shared. For `explain`, which asks "what if". */
export function withSettings(policy: CompiledPolicy, settings: RelaySettings): CompiledPolicy {
  return { ...policy, settings };
}

/** The same policy with one more privileged entry, which comes before all others. For `explain` only. */
export function withEntry(policy: CompiledPolicy, entry: PrivilegedEntry): CompiledPolicy {
  const own = privilegedIndex([entry]);
  return {
    ...policy,
    privileged: { find: (ip) => [...own.find(ip), ...policy.privileged.find(ip)] },
  };
}
