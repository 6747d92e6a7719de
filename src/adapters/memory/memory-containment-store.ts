import { err, ok } from "../../core/result.ts";
import type { AlertSettings, Containment, ContainmentStore } from "../../ports/containment-store.ts";
import { type MemorySendingState, memorySendingState } from "./memory-sending-state.ts";

/** Containments that last as long as the process. */
export function memoryContainmentStore(state: MemorySendingState = memorySendingState()): ContainmentStore {
  const { containments, directory } = state;
  let alerts: AlertSettings = {};
  const newest = (account: string): Containment | undefined =>
    containments.findLast((each) => each.account === account);
  const isActive = (each: Containment | undefined) => each !== undefined && each.releasedAt === undefined;
  const change = (id: number, more: Partial<Containment & { followedUp: boolean }>): void => {
    const index = containments.findIndex((each) => each.id === id);
    const before = containments[index];
    if (before) containments[index] = { ...before, ...more };
  };
  return {
    async contain(request) {
      const account = directory.account(request.account);
      if (!account) return err(`there is no mailbox ${request.account}`);
      if (account.suspended && isActive(newest(request.account)))
        return err(`${request.account} is contained already`);
      state.contain(request);
      const kept = newest(request.account);
      return kept ? ok(kept) : err("not kept");
    },
    async release(account, by, now) {
      const before = newest(account);
      if (!before || !isActive(before)) return err(`${account} is not contained`);
      change(before.id, { releasedAt: now, releasedBy: by });
      directory.setSuspended(account, false);
      const subject = `account:${account}`;
      const row = state.uses.get(subject);
      if (row) state.uses.set(subject, { ...row, ...FORGIVEN });
      return ok({ ...before, releasedAt: now, releasedBy: by });
    },
    show: async (account) => newest(account),
    list: async () => containments.toReversed(),
    pending: async () => containments.filter((each) => !each.followedUp),
    followedUp: async (id, sample) => change(id, { sample, followedUp: true }),
    alerts: async () => alerts,
    async setAlerts(settings) {
      alerts = settings;
    },
  };
}

const FORGIVEN = {
  stepRecipients: 0,
  stepFirstTime: 0,
  beforeRecipients: 0,
  beforeFirstTime: 0,
  dayFailures: 0,
};
