import type { HostAnswer } from "../../ports/host-accounts.ts";

/**
 * The errors of LogonUserW that say no to this user and password (winerror.h): access denied, wrong password, unknown
 * user or password, account restriction, hours, workstation, password expired, account disabled, logon type not granted,
 * account expired, password must change, locked out. All others say that Windows could not tell, as when no domain
 * controller answers (1311).
 */
const WRONG: ReadonlySet<number> = new Set([
  5, 86, 1317, 1326, 1327, 1328, 1329, 1330, 1331, 1385, 1793, 1907, 1909,
]);

/** What an error of LogonUserW means for a login; 0 is success. */
export function windowsAnswer(error: number): HostAnswer {
  if (error === 0) return { kind: "right" };
  return WRONG.has(error)
    ? { kind: "wrong" }
    : { kind: "unavailable", detail: `LogonUserW failed with error ${error}` };
}

/**
 * The first two arguments of LogonUserW. Without a domain the machine's own accounts are meant, which is `.`; a name with
 * a dot is a DNS domain, and goes as a user principal name with no domain beside it.
 */
export function logonName(user: string, domain: string | undefined): { user: string; domain: string | null } {
  if (domain === undefined) return { user, domain: "." };
  return domain.includes(".") ? { user: `${user}@${domain}`, domain: null } : { user, domain };
}
