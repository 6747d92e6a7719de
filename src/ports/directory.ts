import type { Domain } from "../core/domain.ts";
import type { EmailAddress } from "../core/email-address.ts";
import type { Result } from "../core/result.ts";
import type { Resolution, SenderRight } from "../relay/facts.ts";

/**
 * Who and what is hosted here: the questions that a transaction asks. Answers follow the directory live.
 * A directory that cannot answer rejects with `StoreUnavailable`, and the caller turns that into an unknown fact.
 */
export interface Directory {
  isHosted(domain: Domain): Promise<boolean>;
  /**
   * Where mail for an address goes (SPEC R-1): postmaster, mailbox or address, group, catch-all, in this order.
   * Local parts compare without case. Groups and addresses are followed through (bounded in depth and count, a circle
   * ends); each mailbox stands once in the targets. `remote` for domains that are not hosted here.
   */
  resolve(address: EmailAddress): Promise<Resolution>;
  /** Where mail for a bare `<Postmaster>` goes (RFC 5321 4.5.1): to the postmaster of the first domain hosted here. */
  postmaster(): Promise<Resolution>;
  /** Whether mail to the very address would be taken, without catch-all. */
  exists(address: EmailAddress): Promise<boolean>;
  account(login: string): Promise<Account | undefined>;
  /** May `account` use `address` as MAIL FROM: its own mailbox or an address, group or catch-all that leads to it? */
  senderRight(account: string, address: EmailAddress): Promise<SenderRight>;
}

/** A mailbox as a login. */
export interface Account {
  /** `alice@example.test`, lower case: the key of the mailbox and the name of the login. */
  readonly key: string;
  readonly postoffice: string;
  readonly suspended: boolean;
  readonly credentials?: Credentials;
}

/** What is kept of a password: nothing that it could be read back from. */
export interface Credentials {
  /** PHC string: `$argon2id$v=19$m=19456,t=2,p=1$…` */
  readonly argon2id: string;
  readonly scramSha256: ScramCredentials;
}

/** RFC 5802 3: what a server stores for SCRAM. */
export interface ScramCredentials {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** The directory as an administrator changes it. Refusals are sentences for a person. */
export interface DirectoryAdmin extends Directory {
  addPostoffice(name: string): Promise<Result<void>>;
  listPostoffices(): Promise<{ name: string; domains: number; mailboxes: number }[]>;
  /** Refuses while it has domains. */
  removePostoffice(name: string): Promise<Result<void>>;

  addDomain(domain: Domain, postoffice: string): Promise<Result<void>>;
  listDomains(): Promise<
    { domain: string; postoffice: string; mailboxes: number; addresses: number; catchAll?: string }[]
  >;
  /** Refuses while it has mailboxes, addresses or groups. */
  removeDomain(domain: Domain): Promise<Result<void>>;
  /** Sets or clears where mail for unknown local parts of the domain goes. */
  setCatchAll(domain: Domain, to: EmailAddress | undefined): Promise<Result<void>>;

  addMailbox(address: EmailAddress, credentials: Credentials | undefined): Promise<Result<void>>;
  listMailboxes(): Promise<
    { mailbox: string; postoffice: string; suspended: boolean; hasPassword: boolean }[]
  >;
  setCredentials(mailbox: string, credentials: Credentials): Promise<Result<void>>;
  setSuspended(mailbox: string, suspended: boolean): Promise<Result<void>>;
  /** Leaves the Maildir where it is: mail is never deleted by taking away a name. */
  removeMailbox(mailbox: string): Promise<Result<void>>;

  /** An address is another name for one mailbox; a target elsewhere makes it a forward. */
  addAddress(address: EmailAddress, to: EmailAddress): Promise<Result<void>>;
  listAddresses(): Promise<{ address: string; to: string }[]>;
  removeAddress(address: EmailAddress): Promise<Result<void>>;

  addGroup(address: EmailAddress, members: readonly EmailAddress[]): Promise<Result<void>>;
  listGroups(): Promise<{ group: string; members: string[] }[]>;
  addMember(group: EmailAddress, member: EmailAddress): Promise<Result<void>>;
  removeMember(group: EmailAddress, member: EmailAddress): Promise<Result<void>>;
  removeGroup(group: EmailAddress): Promise<Result<void>>;

  addAdministrator(name: string, argon2id: string): Promise<Result<void>>;
  listAdministrators(): Promise<{ name: string }[]>;
  setAdministratorPassword(name: string, argon2id: string): Promise<Result<void>>;
  /** Refuses the last one. */
  removeAdministrator(name: string): Promise<Result<void>>;
}
