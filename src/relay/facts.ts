import type { EmailAddress, ReversePath } from "../core/email-address.ts";
import type { Fact } from "../core/fact.ts";
import type { Instant } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { Quota } from "../core/sending-limits.ts";

/** What a listener says about logging in; the only part of it that the decision sees. */
export interface ListenerFacts {
  readonly name: string;
  readonly auth: "never" | "optional" | "required";
  readonly allowCleartextAuth: boolean;
  /** Whether the client could still start TLS here. */
  readonly offersStartTls: boolean;
}

/** What the session knows of a login. `failed`: at least one AUTH failed and none has succeeded since. */
export type LoginFacts =
  | { readonly state: "none" }
  | { readonly state: "failed" }
  | {
      readonly state: "in";
      /** The login name, as journal and limits use it: the key of the mailbox, or the service account's name. */
      readonly account: string;
      readonly suspended: Fact<boolean>;
      /** What MAIL FROM is to this account: its own, of its post office, or neither. */
      readonly senderRight: Fact<SenderRight>;
    };

/** How an address belongs to an account. */
export type SenderRight = "own" | "postoffice" | "foreign";

/** Where a recipient leads. The directory answers with this for a hosted or a remote address (SPEC R-1). */
export type Resolution =
  | { readonly kind: "remote" }
  | {
      readonly kind: "local";
      readonly via: "mailbox" | "address" | "group" | "catch-all";
      readonly targets: readonly Target[];
    }
  | { readonly kind: "no-such-recipient" };

/** One place a recipient's mail goes to: a mailbox here, or an address elsewhere on a mailbox owner's account. */
export type Target =
  | { readonly kind: "mailbox"; readonly mailbox: string }
  | {
      readonly kind: "remote";
      readonly address: EmailAddress;
      /** The address here whose owner is charged for the relay. */
      readonly chargedTo: string;
    };

/** A POP login that is remembered for the client's address: a file `<ip>.pbs`, whole (R-21..28). */
export interface PopGrant {
  /** The time of the last login: the file's modification time. */
  readonly loggedInAt: Instant;
  /** Accounts that logged in; empty for a file that another program dropped: a grant without identity. */
  readonly accounts: readonly string[];
}

/**
 * All that the decision may know: one transaction, one recipient. Everything from outside is a {@link Fact}; a
 * question that could not be answered is unknown, and one that the policy does not need may be left `not-asked`.
 */
export interface RelayFacts {
  readonly now: Instant;
  readonly client: IpAddress;
  /** The connection is a trusted proxy's own (a health check): its address never speaks for anybody (SPEC R-15). */
  readonly clientIsProxy: boolean;
  readonly listener: ListenerFacts;
  readonly tls: boolean;
  readonly login: LoginFacts;
  readonly sender: ReversePath;
  /** Whether the sender's domain is hosted here; `false` for the null path. */
  readonly senderDomainHosted: Fact<boolean>;
  /** Whether the sender's very address exists here. */
  readonly senderAddressExists: Fact<boolean>;
  readonly recipient: RecipientFacts;
  /** The grant for the client's address (or its /64), if any, of whatever age. */
  readonly popGrant: Fact<PopGrant | undefined>;
  /** Whether MAIL FROM belongs to one of the grant's accounts. */
  readonly senderBelongsToGrant: Fact<boolean>;
  /** Recipients used today by each privileged entry with a cap, by entry id. */
  readonly privilegedUse: Fact<ReadonlyMap<number, number>>;
  /**
   * Limits with their use, for everybody who may come to answer for this recipient, by the keys of identities
   * (`account:alice@example.test`, `grant:192.0.2.7`); who is not in it is not bounded.
   */
  readonly quotas: Fact<ReadonlyMap<string, readonly Quota[]>>;
}

/** The recipient and where it leads. */
export interface RecipientFacts {
  readonly address: EmailAddress;
  /** The address in the client's own words, without brackets, for the journal. */
  readonly text: string;
  readonly resolution: Fact<Resolution>;
  /** Whether the account has never sent to it; asked only where a limit goes by it. */
  readonly firstTime: Fact<boolean>;
}
