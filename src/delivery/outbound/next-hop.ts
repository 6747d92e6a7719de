import { type Domain, parseDomain } from "../../core/domain.ts";
import { parseIp } from "../../core/ip-address.ts";
import type { Outcome } from "../../core/outcome.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Resolver } from "../../ports/resolver.ts";
import type { Route, RouteStore } from "../../ports/route-store.ts";
import { matchRoute } from "./match-route.ts";
import { selectMx } from "./select-mx.ts";

/** Where mail for a destination goes. */
export interface NextHop {
  /** The same for all mail that may share connections. */
  readonly key: string;
  /** Names or IP addresses, best first. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly tls: Route["tls"];
  readonly login?: NonNullable<Route["login"]>;
  /** Whether an administrator chose the host: then a host without an address is a slip of ours and never a bounce. */
  readonly byRoute: boolean;
}

export interface NextHopOptions {
  /** Asked for every message, so that a change counts at once. */
  readonly routes: Pick<RouteStore, "list">;
  readonly resolver: Pick<Resolver, "mx">;
  /** Our own name. */
  readonly hostname: Domain;
  /** A number from 0 up to 1: spreads mail over hosts of one preference. */
  readonly random: () => number;
}

const SMTP_PORT = 25;

/**
 * Finds the next hop: a route where one matches, else the address literal or the MX of the domain.
 * @param destination a domain in lower case or an address literal, as the queue row has it.
 * @returns the outcome for the mail where there is none.
 */
export async function nextHop(
  options: NextHopOptions,
  destination: string,
): Promise<Result<NextHop, Outcome>> {
  const route = matchRoute(await options.routes.list(), destination);
  if (route) return ok(byRoute(route));
  if (destination.startsWith("[")) return byLiteral(destination);
  const domain = parseDomain(destination);
  if (!domain) return noSuchDestination(destination);
  const selection = selectMx(domain, await options.resolver.mx(domain), options.hostname, options.random);
  if (selection.kind === "outcome") return err(selection.outcome);
  return ok(toMx(`mx ${domain}`, selection.hosts));
}

function byRoute(route: Route): NextHop {
  const key = `route ${route.host}:${route.port} ${route.tls} ${route.login?.user ?? ""}`;
  const { host, port, tls, login } = route;
  return { key, hosts: [host], port, tls, byRoute: true, ...(login ? { login } : {}) };
}

/** RFC 5321 4.1.3: `[192.0.2.1]` or `[IPv6:2001:db8::1]`. */
function byLiteral(destination: string): Result<NextHop, Outcome> {
  const ip = parseIp(destination.slice(1, -1).replace(/^ipv6:/i, ""));
  return ip ? ok(toMx(`ip ${ip.text}`, [ip.text])) : noSuchDestination(destination);
}

/** Other people's servers: TLS where they offer it, unverified, since it is the clear otherwise (RFC 7435). */
function toMx(key: string, hosts: readonly string[]): NextHop {
  return { key, hosts, port: SMTP_PORT, tls: "may", byRoute: false };
}

function noSuchDestination(destination: string): Result<NextHop, Outcome> {
  const diagnostic = `${destination} is neither a domain nor an IP address`;
  return err({ kind: "failed", status: "5.1.2", diagnostic });
}
