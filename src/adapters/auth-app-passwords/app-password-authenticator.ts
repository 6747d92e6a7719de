import { addressKey, parseAddress } from "../../core/email-address.ts";
import type { Clock, Instant } from "../../core/instant.ts";
import { parseIpRange, rangeContains } from "../../core/ip-range.ts";
import type { AppPassword, AppPasswordStore } from "../../ports/app-password-store.ts";
import type {
  Authenticator,
  LoginOrigin,
  LoginOutcome,
  SessionAuthenticator,
} from "../../ports/authenticator.ts";
import type { Directory } from "../../ports/directory.ts";
import type { Logger } from "../../ports/logger.ts";
import { appPasswordHash } from "./app-password-secret.ts";

/** What the authenticator works with. */
export interface AppPasswordAuthenticatorOptions {
  /** The method in force: it checks main passwords. */
  readonly main: Authenticator;
  readonly store: Pick<AppPasswordStore, "find" | "noteUse" | "mainPasswordUse">;
  readonly directory: Pick<Directory, "account">;
  readonly clock: Clock;
  readonly log: Logger;
}

const DAY_MS = 86_400_000;
const REJECTED: LoginOutcome = { kind: "rejected" };

/**
 * Takes app passwords beside the main ones, with every method of authentication: by PLAIN, LOGIN and USER/PASS, with the
 * mailbox's address as the login. SCRAM proves one password that the server chooses, so it is for main passwords only.
 */
export function appPasswordAuthenticator(options: AppPasswordAuthenticatorOptions): SessionAuthenticator {
  const { main, store, directory, clock, log } = options;

  async function findAppPassword(login: string, password: string): Promise<AppPassword | undefined> {
    const hash = appPasswordHash(password);
    const address = parseAddress(login);
    if (hash === undefined || !address) return undefined;
    const key = addressKey(address);
    const found = await store.find(key, hash);
    return found && (await directory.account(key)) ? found : undefined;
  }

  function noteUse({ account, name, lastUsedDay }: AppPassword): void {
    const day = Math.floor(clock() / DAY_MS);
    if (lastUsedDay === day) return;
    // Nobody waits for it: a day that is not noted is no reason to refuse a login.
    store.noteUse(account, name, day).catch((error: unknown) => {
      log.error("app-password-use-not-noted", { account, detail: String(error) });
    });
  }

  /** The same work for every account, so that time does not tell whose main password is for the console only. */
  async function verifyMain(login: string, password: string): Promise<LoginOutcome> {
    const outcome = await main.verify(login, password);
    if (outcome.kind !== "accepted") return outcome;
    return (await isConsoleOnly(outcome.account)) ? REJECTED : outcome;
  }

  async function isConsoleOnly(account: string): Promise<boolean> {
    return (await store.mainPasswordUse(account)) === "console-only";
  }

  return {
    offersScram: () => main.offersScram(),
    async verify(login, password, origin) {
      try {
        const found = await findAppPassword(login, password);
        if (!found) return await verifyMain(login, password);
        if (!holds(found, origin, clock())) return REJECTED;
        noteUse(found);
        return { kind: "accepted", account: found.account };
      } catch (error) {
        return { kind: "unavailable", detail: detailOf(error) };
      }
    },
    async scramCredentials(login) {
      const lookup = await main.scramCredentials(login);
      if (lookup?.kind !== "found") return lookup;
      try {
        // As a decoy the right password fails like any other.
        return (await isConsoleOnly(lookup.account)) ? { ...lookup, kind: "decoy" } : lookup;
      } catch (error) {
        return { kind: "unavailable", detail: detailOf(error) };
      }
    },
  };
}

function holds({ scopes, ranges, expiresAt }: AppPassword, origin: LoginOrigin, now: Instant): boolean {
  if (!scopes.includes(origin.protocol === "pop3" ? "pop" : "smtp")) return false;
  if (expiresAt !== undefined && expiresAt <= now) return false;
  return ranges.length === 0 || ranges.some((text) => isIn(text, origin));
}

function isIn(text: string, { client }: LoginOrigin): boolean {
  const range = parseIpRange(text);
  return range.ok && rangeContains(range.value, client);
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
