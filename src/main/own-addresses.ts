import type { ServerConfig } from "../config/server-config.ts";
import type { OwnAddresses } from "../smtp-server/gather-facts.ts";

/** The names by which `user@[our-ip]` could mean this server: the addresses that its listeners have. */
export function ownAddresses({ hostname, listeners }: ServerConfig): OwnAddresses {
  const literals = listeners.map(({ address }) =>
    address.version === 4 ? `[${address.text}]` : `[ipv6:${address.text}]`,
  );
  return { domain: hostname, literals: new Set(literals) };
}
