import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import type { DnsAnswer, MxRecord, Resolver } from "../../ports/resolver.ts";

/**
 * A zone as data: a name that is not in it does not exist (NXDOMAIN); a name without the records asked for has none of
 * them (NODATA); `"servfail"` gets no answer.
 */
export type FakeZone = Readonly<Record<string, FakeName | "servfail">>;

export interface FakeName {
  /** Preference and exchange; `[0, ""]` is the null MX. */
  readonly mx?: readonly (readonly [preference: number, exchange: string])[];
  /** IPv4 and IPv6 addresses. */
  readonly addresses?: readonly string[];
}

const TTL_SECONDS = 300;

/** Answers from a zone in memory. Questions are counted under `asked`, in order: `MX example.test`. */
export function fakeResolver(zone: FakeZone): Resolver & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  const answer = <T>(question: string, name: string, read: (found: FakeName) => readonly T[]) => {
    asked.push(`${question} ${name}`);
    const found = zone[name];
    if (found === "servfail") return { kind: "no-answer", detail: `${name}: SERVFAIL` } as const;
    if (!found) return { kind: "no-name" } as const;
    const value = read(found);
    return value.length > 0
      ? ({ kind: "found", value, ttlSeconds: TTL_SECONDS } as const)
      : ({ kind: "no-data" } as const);
  };
  return {
    asked,
    mx: async (domain): Promise<DnsAnswer<readonly MxRecord[]>> =>
      answer("MX", domain, ({ mx = [] }) => mx.map(([preference, exchange]) => ({ preference, exchange }))),
    addresses: async (host): Promise<DnsAnswer<readonly IpAddress[]>> =>
      answer("A", host, ({ addresses = [] }) =>
        addresses
          .map(parseIp)
          .filter((ip) => ip !== undefined)
          .sort((a, b) => b.version - a.version),
      ),
  };
}
