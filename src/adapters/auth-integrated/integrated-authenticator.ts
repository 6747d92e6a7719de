import { randomBytes } from "node:crypto";
import { addressKey, parseAddress } from "../../core/email-address.ts";
import type { Clock } from "../../core/instant.ts";
import type { Authenticator, LoginOutcome, ScramLookup } from "../../ports/authenticator.ts";
import type { Account, Directory } from "../../ports/directory.ts";
import { MAX_LOGIN_BYTES, MAX_PASSWORD_BYTES } from "../../protocol/sasl/login-text.ts";
import { preparePassword } from "../../protocol/sasl/sasl-prep.ts";
import { argon2idMatches, NOBODY, type RandomBytes } from "./argon2id.ts";
import { decoyCredentials } from "./decoy-credentials.ts";
import { hashGate } from "./hash-gate.ts";
import { successCache } from "./success-cache.ts";

/** What the authenticator works with. */
export interface IntegratedAuthenticatorOptions {
  readonly directory: Pick<Directory, "account">;
  readonly clock: Clock;
  /** How many passwords are hashed at once; default 2. Each takes 19 MiB and one thread of four. */
  readonly maxConcurrentHashes?: number;
  /** How many logins may wait for a hash; default 100, a few seconds' worth. More are told to come back later. */
  readonly maxWaitingLogins?: number;
  /** Where the secret for made-up SCRAM credentials comes from; default: the system's randomness. */
  readonly random?: RandomBytes;
}

const CACHE_ENTRIES = 10_000;
const CACHE_MS = 5 * 60_000;

const REJECTED: LoginOutcome = { kind: "rejected" };
const TOO_MANY: LoginOutcome = { kind: "unavailable", detail: "too many logins at once" };

/**
 * Checks logins against this server's own mailboxes (SPEC R-12, method 1). Names that there are not cost the same hash as
 * wrong passwords. Suspended accounts log in all the same: they still read their mail, and the relay decision refuses
 * what they may not send.
 */
export function integratedAuthenticator(options: IntegratedAuthenticatorOptions): Authenticator {
  const { directory, clock, maxConcurrentHashes = 2, maxWaitingLogins = 100, random = randomBytes } = options;
  const gate = hashGate(maxConcurrentHashes, maxWaitingLogins);
  const cache = successCache({ maxEntries: CACHE_ENTRIES, keepMs: CACHE_MS });
  const underway = new Map<string, Promise<boolean>>();
  const decoySecret = random(32);

  /**
   * Whether the password is right, or `undefined` where too many are being checked. Sessions that bring the same login
   * at the same moment (an app server that starts) share one hash.
   */
  function check(key: string, password: string, stored: string): Promise<boolean> | undefined {
    const shared = underway.get(key);
    if (shared) return shared;
    const begun = gate.run(() => argon2idMatches(password, stored))?.finally(() => underway.delete(key));
    if (begun) underway.set(key, begun);
    return begun;
  }

  async function verifyPrepared(login: string, password: string): Promise<LoginOutcome> {
    const account = await directory.account(login);
    const known = account?.credentials
      ? { account: account.key, argon2id: account.credentials.argon2id }
      : undefined;
    const argon2id = known?.argon2id ?? NOBODY;
    const key = cache.key({ login, password, argon2id });
    if (known && cache.has(key, clock())) return { kind: "accepted", account: known.account };
    const matches = check(key, password, argon2id);
    if (!matches) return TOO_MANY;
    if (!(await matches) || !known) return REJECTED;
    cache.add(key, clock());
    return { kind: "accepted", account: known.account };
  }

  return {
    offersScram: () => true,
    async verify(login, password) {
      // These say nothing about the name, so they need not take any time.
      if (Buffer.byteLength(login) > MAX_LOGIN_BYTES || Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
        return REJECTED;
      }
      const prepared = preparePassword(password);
      if (!prepared.ok) return REJECTED;
      try {
        return await verifyPrepared(loginKey(login), prepared.value);
      } catch (error) {
        return { kind: "unavailable", detail: detailOf(error) };
      }
    },

    async scramCredentials(login): Promise<ScramLookup> {
      const name = loginKey(login);
      // Made before it is known whether it is needed, so that both ways take the same time.
      const decoy = decoyCredentials(decoySecret, name);
      let account: Account | undefined;
      try {
        account = Buffer.byteLength(login) > MAX_LOGIN_BYTES ? undefined : await directory.account(name);
      } catch (error) {
        return { kind: "unavailable", detail: detailOf(error) };
      }
      return account?.credentials
        ? { kind: "found", account: account.key, credentials: account.credentials.scramSha256 }
        : { kind: "decoy", credentials: decoy };
    },
  };
}

/** A login in the form of the directory's keys: lower case, and the domain in A-labels. */
function loginKey(login: string): string {
  const address = parseAddress(login);
  return address ? addressKey(address) : login.toLowerCase();
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
