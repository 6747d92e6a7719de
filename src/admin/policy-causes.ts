import type { Instant } from "../core/instant.ts";
import { toBigInt } from "../core/ip-address.ts";
import { formatIpRange, type IpRange, parseIpRange } from "../core/ip-range.ts";
import type { PrivilegedEntry, RelayPolicy } from "../relay/policy.ts";
import type { ConfirmWord } from "./refusal.ts";

/** Something in a policy that lets people relay who never logged in and whom nobody has named. */
export interface PolicyCause {
  readonly verdict: ConfirmWord;
  /** The same for the same cause, whatever else of the policy changes. */
  readonly key: string;
  /** A clause for a person: what it is and what it brings. */
  readonly because: string;
}

/** The verdict on a whole policy: `closed` where only logins and named addresses relay. */
export type PolicyVerdict = "closed" | ConfirmWord;

/** What makes a policy weak or open, with the master switch left aside: it may be switched on at any time. */
export function policyCauses(
  { settings, privileged }: Pick<RelayPolicy, "settings" | "privileged">,
  now: Instant,
): PolicyCause[] {
  const causes: PolicyCause[] = [];
  if (settings.localSenders.enabled) {
    const because =
      "with localSenders.enabled anybody can claim a sender address of this server and relay; block lists count that as an open relay";
    causes.push({ verdict: "weak", key: "localSenders", because });
  }
  if (!settings.privileged.enabled) return causes;
  for (const entry of privileged) {
    const isOver = entry.expiresAt !== undefined && entry.expiresAt <= now;
    const cause = isOver ? undefined : wideEntryCause(entry);
    if (cause) causes.push(cause);
  }
  return causes;
}

/** The verdict that the causes add up to. */
export function verdictOf(causes: readonly PolicyCause[]): PolicyVerdict {
  if (causes.some(({ verdict }) => verdict === "open")) return "open";
  return causes.length > 0 ? "weak" : "closed";
}

/** The cause that an entry is by itself, where it covers more of the Internet than one site has (SPEC R-15). */
export function wideEntryCause({ range }: Pick<PrivilegedEntry, "range">): PolicyCause | undefined {
  const limit = range.first.version === 4 ? 1n << 8n : 1n << 80n;
  if (publicAddresses(range) <= limit) return undefined;
  const text = formatIpRange(range);
  const named = range.first.version === 4 ? "/24" : "/48";
  return {
    verdict: "open",
    key: `privileged:${text}`,
    because: `${text} covers more public addresses than a ${named}: everybody there may relay without logging in`,
  };
}

/** Blocks that the Internet does not carry: private (RFC 1918, RFC 4193), loopback and link-local. */
const PRIVATE_BLOCKS: readonly IpRange[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
  "::1",
].flatMap((text) => {
  const range = parseIpRange(text);
  return range.ok ? [range.value] : [];
});

/** How many addresses of the range are public. */
function publicAddresses(range: IpRange): bigint {
  const first = toBigInt(range.first);
  const last = toBigInt(range.last);
  let count = last - first + 1n;
  for (const block of PRIVATE_BLOCKS) {
    if (block.first.version !== range.first.version) continue;
    const from = max(first, toBigInt(block.first));
    const to = min(last, toBigInt(block.last));
    if (from <= to) count -= to - from + 1n;
  }
  return count;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
