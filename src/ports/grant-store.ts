import type { Instant } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { PopGrant } from "../relay/facts.ts";

/** The longest period that a grant may be set to last (SPEC R-21): 24 hours. */
export const GRANT_CARRY_OVER_MS = 86_400_000;

/**
 * POP before SMTP's memory: files `<ip>.pbs` in `Config/Connections` (SPEC R-22..26). The files are the interface: what
 * another program drops there counts. Age is judged by the decision, never by the store.
 */
export interface GrantStore {
  /** The grant for an address, whatever its age. With `prefix` 64, the youngest of the address's /64. */
  find(client: IpAddress, prefix: 64 | 128): Promise<PopGrant | undefined>;
  /** Every grant, and the names in the folder that are no address, so that somebody can be told. */
  list(): Promise<{ grants: { client: string; grant: PopGrant }[]; junk: string[] }>;
  /**
   * Remembers a login: writes the file atomically, adds the account, sets the time. No account: a grant by hand.
   * Accounts of a grant older than {@link GRANT_CARRY_OVER_MS} are not carried over: the address may be somebody else's.
   */
  allow(client: IpAddress, account: string | undefined, now: Instant): Promise<void>;
  /** Forgets an address; `false` where there was no grant. */
  revoke(client: IpAddress): Promise<boolean>;
}
