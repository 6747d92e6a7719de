import { readFile, stat } from "node:fs/promises";
import { forkHelper, helperPool } from "../adapters/auth-host/helper-pool.ts";
import { hostAuthenticator } from "../adapters/auth-host/host-authenticator.ts";
import { integratedAuthenticator } from "../adapters/auth-integrated/integrated-authenticator.ts";
import { type DataPaths, inDataFolder } from "../adapters/data-folder/data-paths.ts";
import type { AuthenticationConfig, LdapConfig } from "../config/server-config.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Authenticator } from "../ports/authenticator.ts";
import type { HostAccounts } from "../ports/host-accounts.ts";
import type { AuthenticationMethod } from "../relay/policy.ts";
import type { LivePolicy } from "./live-policy.ts";
import { nodeTimers } from "./node-timers.ts";
import type { ServerParts } from "./server-parts.ts";

/** The one authenticator of the server. */
export interface ServerAuthenticator extends Authenticator {
  /** Ends helper processes. */
  close(): void;
}

const MAX_HELPERS = 4;
const MAX_WAITING = 100;
const HELPER_DEADLINE_MS = 15_000;
const MAX_LDAP_CONNECTIONS = 50;

/**
 * Makes the authenticator that SMTP and POP ask. It follows the policy: a change of method counts from the next login on.
 * Refuses a configuration whose files cannot be read.
 */
export async function authenticatorFor(
  { config, stores, clock, paths }: Pick<ServerParts, "config" | "stores" | "clock" | "paths">,
  policy: Pick<LivePolicy, "now">,
): Promise<Result<ServerAuthenticator>> {
  const { directory } = stores;
  const accounts = await hostAccounts(config.authentication, paths);
  if (!accounts.ok) return accounts;
  const integrated = integratedAuthenticator({ directory, clock });
  const methods: Readonly<Record<Exclude<AuthenticationMethod, "fixed">, Authenticator>> = {
    integrated,
    host: hostAuthenticator({
      accounts: accounts.value,
      directory,
      domains: config.authentication.postoffices,
    }),
  };
  const current = (): Authenticator => {
    const { method } = policy.now().settings.authenticated;
    // "fixed" cannot be set in this version.
    return method === "fixed" ? integrated : methods[method];
  };
  return ok({
    offersScram: () => current().offersScram(),
    verify: (login, password) => current().verify(login, password),
    scramCredentials: (login) => current().scramCredentials(login),
    close: () => accounts.value.close(),
  });
}

async function hostAccounts(
  { ldap, pamService }: AuthenticationConfig,
  paths: DataPaths,
): Promise<Result<HostAccounts>> {
  if (ldap) return openLdap(ldap, paths);
  const [program, ...args] =
    process.platform === "win32"
      ? [new URL("../adapters/auth-host/windows-helper.ts", import.meta.url)]
      : [new URL("../adapters/auth-host/pam-helper.ts", import.meta.url), pamService];
  return ok(
    helperPool({
      start: () => forkHelper(program, args),
      timers: nodeTimers,
      maxHelpers: MAX_HELPERS,
      maxWaiting: MAX_WAITING,
      deadlineMs: HELPER_DEADLINE_MS,
    }),
  );
}

async function openLdap({ ca, find, ...ldap }: LdapConfig, paths: DataPaths): Promise<Result<HostAccounts>> {
  const caText = ca === undefined ? undefined : await readText(inDataFolder(paths, ca));
  if (caText && !caText.ok) return caText;
  const options = {
    ...ldap,
    ...(caText ? { ca: caText.value } : {}),
    maxConnections: MAX_LDAP_CONNECTIONS,
    timers: nodeTimers,
  };
  // Loaded only where it is used: most servers have no LDAP.
  const { ldapAccounts } = await import("../adapters/auth-ldap/ldap-accounts.ts");
  if (find.by === "bind" || !find.reader) {
    const { by } = find;
    return ok(
      ldapAccounts({
        ...options,
        find: by === "bind" ? find : { by, base: find.base, filter: find.filter },
      }),
    );
  }
  const { name, passwordFile } = find.reader;
  const password = await readSecret(inDataFolder(paths, passwordFile));
  if (!password.ok) return password;
  return ok(ldapAccounts({ ...options, find: { ...find, reader: { name, password: password.value } } }));
}

async function readText(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, "utf8"));
  } catch (error) {
    return err(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A password in a file of its own, which nobody but its owner may read. */
async function readSecret(file: string): Promise<Result<string>> {
  const text = await readText(file);
  if (!text.ok) return text;
  if (process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0)
    return err(`${file} holds a password and others may read it; do chmod 600 ${file}`);
  const secret = text.value.replace(/\r?\n$/, "");
  return secret === "" ? err(`${file} is empty; write the password into it`) : ok(secret);
}
