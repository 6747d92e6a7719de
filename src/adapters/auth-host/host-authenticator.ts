import type { Authenticator, LoginOutcome } from "../../ports/authenticator.ts";
import type { DirectoryAdmin } from "../../ports/directory.ts";
import type { HostAccounts } from "../../ports/host-accounts.ts";
import { usableLogin, usablePassword } from "../../protocol/sasl/login-text.ts";
import { type HostDomain, type HostLogin, mailboxKey, parseHostLogin } from "./host-login.ts";

/** What the authenticator works with. */
export interface HostAuthenticatorOptions {
  readonly accounts: Pick<HostAccounts, "check">;
  readonly directory: Pick<DirectoryAdmin, "account" | "listDomains" | "addMailbox">;
  readonly domains: readonly HostDomain[];
}

const REJECTED: LoginOutcome = { kind: "rejected" };

/**
 * Checks logins against the accounts of the host or its domain (SPEC R-12, method 2). A login needs a mailbox here as
 * well; the host is asked first, so that a name without one takes as long as a wrong password.
 */
export function hostAuthenticator({ accounts, directory, domains }: HostAuthenticatorOptions): Authenticator {
  async function postofficeOf(login: HostLogin): Promise<string | undefined> {
    if (login.entry) return login.entry.postoffice;
    const hosted = await directory.listDomains();
    return hosted.find(({ domain }) => domain === login.mailbox.domain)?.postoffice;
  }

  async function verifyHost(login: HostLogin, password: string): Promise<LoginOutcome> {
    const key = mailboxKey(login);
    const postoffice = (await directory.account(key))?.postoffice ?? (await postofficeOf(login));
    const entry = domains.find((each) => each.postoffice === postoffice);
    // A domain that names another post office than the mailbox's would let one tenant's account into another's mail.
    if (login.entry && login.entry !== entry) return REJECTED;
    const answer = await accounts.check({
      user: login.user,
      mailbox: key,
      password,
      ...(entry?.domain === undefined ? {} : { domain: entry.domain }),
    });
    if (answer.kind === "unavailable") return answer;
    if (answer.kind === "wrong") return REJECTED;
    return (await hasMailbox(login, key, entry)) ? { kind: "accepted", account: key } : REJECTED;
  }

  async function hasMailbox(login: HostLogin, key: string, entry: HostDomain | undefined): Promise<boolean> {
    if (await directory.account(key)) return true;
    if (!entry?.createMailboxes) return false;
    await directory.addMailbox(login.mailbox, undefined);
    // Asked again whatever came of it: another session may have been first.
    return (await directory.account(key)) !== undefined;
  }

  return {
    offersScram: () => false,
    async verify(login, password) {
      // RFC 4513 5.1.2: to LDAP an empty password is an anonymous bind, which succeeds.
      if (!usableLogin(login) || !usablePassword(password) || password.includes("\0")) return REJECTED;
      const parsed = parseHostLogin(login, domains);
      if (!parsed) return REJECTED;
      try {
        return await verifyHost(parsed, password);
      } catch (error) {
        return { kind: "unavailable", detail: error instanceof Error ? error.message : String(error) };
      }
    },
    scramCredentials: () => Promise.resolve(undefined),
  };
}
