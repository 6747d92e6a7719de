import type { Account, Credentials } from "../directory.ts";

/** A domain that is hosted here. */
export interface HostedDomain {
  readonly postoffice: string;
  /** Where mail for unknown local parts goes. */
  readonly catchAll?: string;
}

/** A name that stands for others: an address for one place, a group for several. */
export interface Recipient {
  readonly kind: "address" | "group";
  /** Addresses as they were written. */
  readonly targets: readonly string[];
}

/** The questions that a transaction asks of the directory's tables. Names and keys are in lower case. */
export interface DirectoryLookup {
  domain(name: string): HostedDomain | undefined;
  hasMailbox(key: string): boolean;
  account(key: string): Account | undefined;
  recipient(key: string): Recipient | undefined;
  /** The oldest mailbox of a post office, or of the server. */
  firstMailbox(postoffice?: string): string | undefined;
}

/** What lists for people are made of, sorted by name. */
export interface DirectoryLists {
  postoffices(): { name: string; domains: number; mailboxes: number }[];
  domains(): {
    domain: string;
    postoffice: string;
    mailboxes: number;
    addresses: number;
    catchAll?: string;
  }[];
  mailboxes(): { mailbox: string; postoffice: string; suspended: boolean; hasPassword: boolean }[];
  recipients(kind: Recipient["kind"]): { name: string; targets: string[] }[];
  administrators(): string[];
}

/**
 * The directory's tables as its rules see them (`directoryChanges`). Synchronous, since a rule's questions and changes
 * belong to one transaction. Changes expect what the rules have checked.
 */
export interface DirectoryTables extends DirectoryLookup, DirectoryLists {
  /** Something that leads to an address: the name of an address or group, or `@domain` for a catch-all. */
  leadsTo(key: string): string | undefined;
  insertPostoffice(name: string): void;
  deletePostoffice(name: string): void;
  insertDomain(name: string, postoffice: string): void;
  deleteDomain(name: string): void;
  setCatchAll(domain: string, to: string | undefined): void;
  insertMailbox(key: string, domain: string, credentials: Credentials | undefined): void;
  setCredentials(key: string, credentials: Credentials): void;
  setSuspended(key: string, suspended: boolean): void;
  deleteMailbox(key: string): void;
  insertRecipient(key: string, domain: string, kind: Recipient["kind"]): void;
  deleteRecipient(key: string): void;
  insertTarget(recipient: string, targetKey: string, target: string): void;
  deleteTarget(recipient: string, targetKey: string): void;
  insertAdministrator(name: string, argon2id: string): void;
  setAdministratorPassword(name: string, argon2id: string): void;
  deleteAdministrator(name: string): void;
}
