import { err, ok } from "../../core/result.ts";
import type { PolicyStore } from "../../ports/policy-store.ts";
import type { RelayPolicy } from "../../relay/policy.ts";

/** Policies that last as long as the process; `first` is number 1. */
export function memoryPolicyStore(first: Omit<RelayPolicy, "number">): PolicyStore {
  let current: RelayPolicy = { ...first, number: 1 };
  const versions = [current];
  let lastId = Math.max(0, ...first.privileged.map(({ id }) => id));
  const listeners = new Set<(policy: RelayPolicy) => void>();
  return {
    current: async () => current,
    version: async (number) => versions[number - 1],
    async save({ base, settings, privileged }) {
      if (base !== current.number) return err("conflict");
      lastId = Math.max(lastId, ...privileged.map(({ id }) => id));
      const entries = privileged.map((entry) => (entry.id === 0 ? { ...entry, id: ++lastId } : entry));
      current = { number: base + 1, settings, privileged: entries.sort((a, b) => a.id - b.id) };
      versions.push(current);
      for (const listener of listeners) listener(current);
      return ok(current);
    },
    subscribe(listener) {
      const own = (policy: RelayPolicy) => listener(policy);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
