import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import { GRANT_CARRY_OVER_MS, type GrantStore } from "../../ports/grant-store.ts";
import type { PopGrant } from "../../relay/facts.ts";

/** POP grants that last as long as the process. */
export function memoryGrantStore(): GrantStore {
  const grants = new Map<string, PopGrant>();
  return {
    async find(client, prefix) {
      if (prefix === 128 || client.version === 4) return grants.get(client.text);
      return [...grants]
        .filter(([text]) => sameNetwork(parseIp(text), client))
        .map(([, grant]) => grant)
        .sort((a, b) => b.loggedInAt - a.loggedInAt)[0];
    },
    list: async () => ({
      grants: [...grants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([client, grant]) => ({ client, grant })),
      junk: [],
    }),
    async allow(client, account, now) {
      const before = grants.get(client.text);
      const recent = before !== undefined && now - before.loggedInAt <= GRANT_CARRY_OVER_MS;
      const accounts = new Set(recent ? before.accounts : []);
      if (account !== undefined) accounts.add(account.toLowerCase());
      grants.set(client.text, { loggedInAt: now, accounts: [...accounts] });
    },
    revoke: async (client) => grants.delete(client.text),
  };
}

/** Whether two IPv6 addresses share their first 64 bits. */
function sameNetwork(a: IpAddress | undefined, b: IpAddress): boolean {
  return a?.version === 6 && a.words[0] === b.words[0] && a.words[1] === b.words[1];
}
