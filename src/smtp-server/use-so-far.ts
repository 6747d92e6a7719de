import { type Charge, type Quota, withCharge } from "../core/sending-limits.ts";
import type { RelayFacts } from "../relay/facts.ts";
import type { Transaction } from "./transaction.ts";

/** The day's use of each privileged entry, with what this transaction has taken since it was asked. */
export function privilegedUseSoFar(
  { recipients }: Transaction,
  privilegedUse: RelayFacts["privilegedUse"],
): RelayFacts["privilegedUse"] {
  if (!privilegedUse.known || recipients.length === 0) return privilegedUse;
  const use = new Map(privilegedUse.value);
  for (const { decision } of recipients) {
    const entry = /^privileged:(\d+)$/.exec(decision.identity)?.[1];
    if (entry) use.set(Number(entry), (use.get(Number(entry)) ?? 0) + 1);
  }
  return { known: true, value: use };
}

/**
 * The limits with what this transaction has taken counted in: its recipients for those who answer for them. The message
 * itself is not, since one recipient more makes it no second one.
 */
export function quotasSoFar({ recipients }: Transaction, quotas: RelayFacts["quotas"]): RelayFacts["quotas"] {
  if (!quotas.known || quotas.value.size === 0 || recipients.length === 0) return quotas;
  const taken = new Map<string, Charge>();
  const count = (key: string, firstTime: boolean): void => {
    const { recipients: before, firstTime: firstBefore } = taken.get(key) ?? NOTHING;
    taken.set(key, { messages: 0, recipients: before + 1, firstTime: firstBefore + (firstTime ? 1 : 0) });
  };
  for (const { decision, account, targets, firstTime } of recipients) {
    count(decision.identity, firstTime);
    if (account !== undefined && decision.identity !== `account:${account}`)
      count(`account:${account}`, firstTime);
    for (const target of targets)
      if (target.kind === "remote" && target.chargedTo !== "") count(`account:${target.chargedTo}`, false);
  }
  const withTaken = (key: string, each: readonly Quota[]): readonly Quota[] => {
    const charge = taken.get(key);
    return charge ? each.map((quota) => ({ ...quota, use: withCharge(quota.use, charge) })) : each;
  };
  return {
    known: true,
    value: new Map(Array.from(quotas.value, ([key, each]) => [key, withTaken(key, each)])),
  };
}

const NOTHING: Charge = { messages: 0, recipients: 0, firstTime: 0 };
