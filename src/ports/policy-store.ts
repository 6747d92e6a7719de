import type { Instant } from "../core/instant.ts";
import type { Result } from "../core/result.ts";
import type { PrivilegedEntry, RelayPolicy, RelaySettings } from "../relay/policy.ts";

/**
 * The numbered policies: each change makes the next one and leaves the earlier ones as they were. The entries of a policy
 * come in the order of their ids.
 */
export interface PolicyStore {
  /** The policy in force. A new store has number 1, the defaults. */
  current(): Promise<RelayPolicy>;
  /** A policy by its number, as it was; `undefined` where there is none of that number. */
  version(number: number): Promise<RelayPolicy | undefined>;
  /** Takes a change over `base`; refused (`conflict`) where somebody else was first, so that nothing is overwritten. */
  save(change: PolicyChange): Promise<Result<RelayPolicy, "conflict">>;
  /**
   * Calls back after each change with the new policy, whoever made it, until the returned function is called.
   * The listener must not throw: the change is already made.
   */
  subscribe(listener: (policy: RelayPolicy) => void): () => void;
}

export interface PolicyChange {
  /** The number of the policy that the change was made from. */
  readonly base: number;
  readonly settings: RelaySettings;
  /** All entries that the new policy has; those with id 0 are new and get one. */
  readonly privileged: readonly PrivilegedEntry[];
  readonly author: string;
  readonly comment: string;
  readonly at: Instant;
}
