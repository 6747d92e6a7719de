import type { Instant } from "../core/instant.ts";
import type { IpRange } from "../core/ip-range.ts";

/** How a login is checked (SPEC R-12..14). */
export type AuthenticationMethod = "integrated" | "host" | "fixed";

/** Which MAIL FROM a logged-in account may use: anything, its post office's addresses, its own. */
export type SenderScope = "any" | "postoffice" | "account";

/** The settings of the relay decision: what the Relay tab shows. Immutable; a change makes a new one. */
export interface RelaySettings {
  /** *Enable Mail Relay*, the master switch. Off: the server only receives. */
  readonly enabled: boolean;
  readonly authenticated: { readonly enabled: boolean; readonly method: AuthenticationMethod };
  readonly privileged: { readonly enabled: boolean };
  readonly localSenders: {
    readonly enabled: boolean;
    /** Whether the domain of MAIL FROM must be hosted here, or the very address must exist. */
    readonly match: "domain" | "address";
  };
  readonly popBeforeSmtp: {
    readonly enabled: boolean;
    /** How long a POP login speaks for its client, 1 s to 24 h. */
    readonly periodMs: number;
    /** Whether a grant with accounts covers only addresses of those accounts. */
    readonly senderMustBelong: boolean;
    /** 128: the very address; 64: the whole /64 of an IPv6 client. */
    readonly ipv6Prefix: 64 | 128;
  };
  readonly senders: { readonly mustBelongTo: SenderScope };
  /** Whether `user@[our-ip]` names a mailbox here. */
  readonly acceptAddressLiterals: boolean;
}

/** A privileged IP range with what it is for and what it is good for (R-15..18). */
export interface PrivilegedEntry {
  readonly id: number;
  readonly range: IpRange;
  readonly label: string;
  readonly owner: string;
  readonly note: string;
  readonly expiresAt?: Instant;
  /** Lower-case addresses, or domains as `@example.test`, that MAIL FROM must be among; empty: any sender. */
  readonly senders: readonly string[];
  /** Lower-case domains that the recipient must be in; empty: any recipient. */
  readonly recipients: readonly string[];
  /** Recipients a day (UTC), counted by the store; absent: no cap. */
  readonly dailyCap?: number;
}

/** A whole policy: numbered, never changed, only followed by the next. */
export interface RelayPolicy {
  readonly number: number;
  readonly settings: RelaySettings;
  readonly privileged: readonly PrivilegedEntry[];
}

/** The settings a new server starts with (SPEC ). */
export const DEFAULT_SETTINGS: RelaySettings = {
  enabled: true,
  authenticated: { enabled: true, method: "integrated" },
  privileged: { enabled: false },
  localSenders: { enabled: false, match: "domain" },
  popBeforeSmtp: { enabled: false, periodMs: 15 * 60_000, senderMustBelong: true, ipv6Prefix: 128 },
  senders: { mustBelongTo: "account" },
  acceptAddressLiterals: false,
};
