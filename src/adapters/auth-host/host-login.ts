import type { Domain } from "../../core/domain.ts";
import { addressKey, type EmailAddress, parseAddress } from "../../core/email-address.ts";

/** Which accounts of the host go with the mailboxes of one post office (SPEC R-13). */
export interface HostDomain {
  readonly postoffice: string;
  /** The Windows, Active Directory or LDAP domain: `CORP` or `corp.example.test`. Compared without case. */
  readonly domain?: string;
  /** The mail domain of mailboxes for logins that do not name one: `CORP\alice`, `alice@corp.example.test`, `alice`. */
  readonly mailDomain: Domain;
  /** Whether the first good login makes the mailbox. */
  readonly createMailboxes: boolean;
}

/** A login taken apart. */
export interface HostLogin {
  readonly user: string;
  readonly mailbox: EmailAddress;
  /** The entry that the login named by its domain; one of a mail domain is found by the mailbox's post office. */
  readonly entry?: HostDomain;
}

/**
 * Reads the forms that people log in with: `DOMAIN\user`, `user@domain` with the host's domain, the address of a
 * mailbox, and a bare name where only one post office is configured. `undefined` where none fits.
 */
export function parseHostLogin(login: string, domains: readonly HostDomain[]): HostLogin | undefined {
  const backslash = login.indexOf("\\");
  if (backslash >= 0)
    return inDomain(login.slice(backslash + 1), byDomain(domains, login.slice(0, backslash)));
  if (!login.includes("@")) return inDomain(login, domains.length === 1 ? domains[0] : undefined);
  const at = login.lastIndexOf("@");
  const named = byDomain(domains, login.slice(at + 1));
  if (named) return inDomain(login.slice(0, at), named);
  const mailbox = parseAddress(login);
  return mailbox && SAFE_USER.test(mailbox.local) ? { user: mailbox.local, mailbox } : undefined;
}

/** Without a second separator, which would make one name mean two things to two programs. */
const SAFE_USER = /^[^\\@/]+$/;

function byDomain(domains: readonly HostDomain[], name: string): HostDomain | undefined {
  const wanted = name.toLowerCase();
  return domains.find(({ domain }) => domain?.toLowerCase() === wanted);
}

function inDomain(user: string, entry: HostDomain | undefined): HostLogin | undefined {
  if (!entry || !SAFE_USER.test(user)) return undefined;
  const mailbox = parseAddress(`${user}@${entry.mailDomain}`);
  return mailbox && { user, mailbox, entry };
}

/** The key of the mailbox that a login is for. */
export function mailboxKey({ mailbox }: HostLogin): string {
  return addressKey(mailbox);
}
