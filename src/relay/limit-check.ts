import {
  type Charge,
  LIMIT_NAMES,
  type LimitReached,
  limitReached,
  type Quota,
} from "../core/sending-limits.ts";
import { accountBehind, type Identity, identityKey, type Step } from "./decision.ts";
import type { RelayFacts } from "./facts.ts";

/** One recipient more, of a message that is not counted yet. */
const ONE_MORE: Charge = { messages: 1, recipients: 1, firstTime: 1 };
const ONE_MORE_KNOWN: Charge = { ...ONE_MORE, firstTime: 0 };

/** Under which keys of the quotas an identity is bounded; anybody's mail from outside is not. */
export function limitKeys(identity: Identity): string[] {
  if (identity.kind === "anonymous" || identity.kind === "local-sender") return [];
  const account = identity.kind === "grant" ? accountBehind(identity) : undefined;
  return [identityKey(identity), ...(account === undefined ? [] : [`account:${account}`])];
}

/** The limit under one of the keys that leaves no room for this recipient; `unknown` where that cannot be told. */
export function checkLimits(
  facts: RelayFacts,
  keys: readonly string[],
  trace: Step[] | undefined,
): LimitReached | "unknown" | undefined {
  if (keys.length === 0) return undefined;
  const check = "sending limits";
  if (!facts.quotas.known) {
    trace?.push({ check, result: "unknown", saw: facts.quotas.cause });
    return "unknown";
  }
  const { firstTime } = facts.recipient;
  const charge = firstTime.known && !firstTime.value ? ONE_MORE_KNOWN : ONE_MORE;
  for (const key of keys) {
    for (const quota of facts.quotas.value.get(key) ?? []) {
      const reached = limitReached(quota, charge, facts.now);
      if (reached?.name === "firstTimePerDay" && !firstTime.known) {
        trace?.push({ check, result: "unknown", saw: `first-time recipient: ${firstTime.cause}` });
        return "unknown";
      }
      trace?.push({ check, result: reached ? "stop" : "pass", saw: describeQuota(key, quota) });
      if (reached) return reached;
    }
  }
  return undefined;
}

/** Whether anybody's limit among the facts leaves no room, or may leave none. */
export function anyLimitReached({ quotas, now }: RelayFacts): boolean {
  if (!quotas.known) return true;
  for (const each of quotas.value.values())
    if (each.some((quota) => limitReached(quota, ONE_MORE, now))) return true;
  return false;
}

function describeQuota(key: string, { owner, limits, use }: Quota): string {
  const used = LIMIT_NAMES.flatMap((name) =>
    limits[name] === undefined ? [] : [`${name} ${use[name]} of ${limits[name]}`],
  );
  return `${owner === "postoffice" ? `the post office of ${key}` : key}: ${used.join(", ")}`;
}
