import { dnsResolver, systemDnsServers } from "../adapters/dns/dns-resolver.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Clock } from "../core/instant.ts";
import type { Resolver } from "../ports/resolver.ts";
import { nodeTimers } from "./node-timers.ts";

const TIMEOUT_MS = 5000;
const TRIES = 2;

/** The resolver that `postern.toml` names, or the system's. */
export function openResolver({ dns }: ServerConfig, clock: Clock): Resolver {
  const named = dns.servers.map(({ address, port }) => ({ address: address.text, port }));
  const servers = named.length > 0 ? named : systemDnsServers();
  return dnsResolver({
    servers,
    timeoutMs: TIMEOUT_MS,
    tries: TRIES,
    clock,
    timers: nodeTimers,
    random: Math.random,
  });
}
