import { type Domain, parseDomain } from "../../core/domain.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { DnsAnswer, MxRecord } from "../../ports/resolver.ts";

/** The hosts to try, best first, or the outcome that the DNS has already decided. */
export type MxSelection =
  | { readonly kind: "hosts"; readonly hosts: readonly Domain[] }
  | { readonly kind: "outcome"; readonly outcome: Outcome };

/**
 * Chooses the mail hosts of a domain from the answer to the question for its MX (RFC 5321 5.1).
 * @param self our own name: hosts that are no better than ourselves are left out, or mail would go in a circle.
 * @param random a number from 0 up to 1 at each call; spreads the load over hosts of one preference.
 */
export function selectMx(
  domain: Domain,
  answer: DnsAnswer<readonly MxRecord[]>,
  self: Domain,
  random: () => number,
): MxSelection {
  switch (answer.kind) {
    case "no-answer":
      return decided("deferred", "4.4.3", `DNS gave no answer for the MX of ${domain}: ${answer.detail}`);
    case "no-name":
      return decided("failed", "5.1.2", `The domain ${domain} does not exist`);
    case "no-data":
      // RFC 5321 5.1: without MX records the domain itself is the host, as if by an MX of preference 0.
      return fromRecords(domain, [{ preference: 0, exchange: domain }], self, random);
    case "found":
      return fromRecords(domain, answer.value, self, random);
  }
}

function fromRecords(
  domain: Domain,
  records: readonly MxRecord[],
  self: Domain,
  random: () => number,
): MxSelection {
  const named = records.filter(({ exchange }) => exchange !== "");
  if (named.length === 0) {
    // RFC 7505 3 and 4.1: the null MX says that the domain takes no mail at all.
    return decided("failed", "5.1.10", `The domain ${domain} accepts no mail (null MX)`);
  }
  const hosts = named
    .map(({ preference, exchange }) => ({ preference, tie: random(), host: parseDomain(exchange) }))
    .sort((a, b) => a.preference - b.preference || a.tie - b.tie);
  const own = hosts.find(({ host }) => host === self);
  // RFC 5321 5.1: a relay that is itself in the list drops itself and all that are not preferred to it.
  const better = own ? hosts.filter(({ preference }) => preference < own.preference) : hosts;
  if (better.length === 0) {
    return decided("failed", "5.4.6", `Mail for ${domain} leads back to this server, ${self}`);
  }
  const usable = better.map(({ host }) => host).filter((host) => host !== undefined);
  if (usable.length === 0) {
    return decided("failed", "5.4.4", `No MX of ${domain} names a host: ${named[0]?.exchange}`);
  }
  return { kind: "hosts", hosts: [...new Set(usable)] };
}

function decided(kind: "deferred" | "failed", status: string, diagnostic: string): MxSelection {
  return { kind: "outcome", outcome: { kind, status, diagnostic } };
}
