import { createHmac, randomBytes } from "node:crypto";
import { addressKey, parseAddress } from "../core/email-address.ts";
import type { Clock, Instant } from "../core/instant.ts";
import { networkKey } from "../core/ip-address.ts";
import { type GuessStore, KNOWN_FOR_MS } from "../ports/guess-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { LoginAttempt, LoginGuard } from "../ports/login-guard.ts";
import type { Timers } from "../ports/timers.ts";
import {
  afterWrongPassword,
  delayMs,
  type Guesses,
  isBlocked,
  NO_GUESSES,
  stillCounting,
} from "./guesses.ts";
import { recentMap } from "./recent-map.ts";

/** What the guard works with. */
export interface LoginGuardOptions {
  readonly store: GuessStore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  /** How many networks, logins and pairs of them are watched, each; default 50,000. */
  readonly maxEntries?: number;
}

/** The guard of a running server. */
export interface ServerLoginGuard extends LoginGuard {
  /** Forgets what was tried by a network or on a login, with their blocks; the store's are the caller's. */
  forget(subject: { network: string } | { login: string }): void;
}

/** Whom an attempt counts for: a network, a login, or only the two together. */
interface Subject {
  readonly network?: string;
  readonly login?: string;
}

const MAX_ENTRIES = 50_000;
const MAX_LOGIN_LENGTH = 320;
const DAY_MS = 86_400_000;

/**
 * Counts wrong passwords for the network and for the login. A network that has logged in well to a login lately is
 * counted for that login alone: neither the guesses of strangers on the login, nor those of neighbours in the network on
 * other logins, keep the owner out. What it has in memory is bounded; blocks and known networks are in the store too.
 */
export async function loginGuard(options: LoginGuardOptions): Promise<ServerLoginGuard> {
  const { store, clock, timers, log, maxEntries = MAX_ENTRIES } = options;
  const secret = randomBytes(32);
  const byKind = {
    network: recentMap<Guesses>(maxEntries),
    login: recentMap<Guesses>(maxEntries),
    pair: recentMap<Guesses>(maxEntries),
  };
  /** On which day a pair was last noted as good, so that it is written once a day. */
  const notedOn = recentMap<number>(maxEntries);

  for (const { since, until, round, ...subject } of await store.blocks(clock()))
    mapOf(subject).set(keyOf(subject), { ...NO_GUESSES, round, blockedUntil: until, at: since });

  function mapOf({ network, login }: Subject) {
    if (network === undefined) return byKind.login;
    return login === undefined ? byKind.network : byKind.pair;
  }

  function guessesOf(subject: Subject): Guesses {
    return stillCounting(mapOf(subject).get(keyOf(subject)) ?? NO_GUESSES, clock());
  }

  /** A store that does not answer makes nobody known. */
  async function isKnown(login: string, network: string): Promise<boolean> {
    const now = clock();
    const noted = notedOn.get(keyOf({ network, login }));
    if (noted !== undefined && now - noted * DAY_MS < KNOWN_FOR_MS) return true;
    try {
      return await store.isKnown(login, network, now);
    } catch (error) {
      log.error("login-guard-store", { detail: String(error) });
      return false;
    }
  }

  async function subjectsOf(attempt: LoginAttempt): Promise<readonly Subject[]> {
    const [network, login] = [networkKey(attempt.client), loginKey(attempt.login)];
    return (await isKnown(login, network)) ? [{ network, login }] : [{ network }, { login }];
  }

  function anyBlocked(subjects: readonly Subject[]): boolean {
    const now = clock();
    return subjects.some((subject) => isBlocked(guessesOf(subject), now));
  }

  /** 48 bits of a hash with a key of this process: nothing to try passwords on, and enough to tell them apart. */
  function hashOf({ login, password }: LoginAttempt): number | undefined {
    if (password === undefined) return undefined;
    const words = JSON.stringify([loginKey(login), password]);
    return createHmac("sha256", secret).update(words).digest().readUIntBE(0, 6);
  }

  async function count(subject: Subject, hash: number | undefined): Promise<void> {
    const now = clock();
    const after = afterWrongPassword(guessesOf(subject), hash, now);
    mapOf(subject).set(keyOf(subject), after);
    if (!isBlocked(after, now)) return;
    const { round, blockedUntil: until } = after;
    log.warn("logins-blocked", { ...subject, until: new Date(until).toISOString() });
    await written(store.putBlock({ ...subject, since: now, until, round }));
  }

  async function noteGood(network: string, login: string, now: Instant): Promise<void> {
    const key = keyOf({ network, login });
    byKind.pair.delete(key);
    const day = Math.floor(now / DAY_MS);
    if (notedOn.get(key) === day) return;
    notedOn.set(key, day);
    await written(store.noteGoodLogin(login, network, now));
  }

  /** What could not be written holds until the process ends. */
  async function written(writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      log.error("login-guard-store", { detail: String(error) });
    }
  }

  return {
    async admit(attempt) {
      const subjects = await subjectsOf(attempt);
      if (anyBlocked(subjects)) return false;
      const waitMs = Math.max(...subjects.map((subject) => delayMs(guessesOf(subject))));
      if (waitMs === 0) return true;
      await new Promise<void>((resolve) => timers.set(waitMs, resolve));
      return !anyBlocked(subjects);
    },
    async settle(attempt, outcome) {
      if (outcome.kind === "unavailable") return outcome;
      const subjects = await subjectsOf(attempt);
      // Attempts side by side were all admitted before the first was counted. Only so many of them learn anything.
      if (anyBlocked(subjects)) return { kind: "blocked" };
      if (outcome.kind === "accepted")
        await noteGood(networkKey(attempt.client), loginKey(attempt.login), clock());
      else {
        const hash = hashOf(attempt);
        await Promise.all(subjects.map((subject) => count(subject, hash)));
      }
      return outcome;
    },
    forget(subject) {
      mapOf(subject).delete(keyOf(subject));
      for (const key of byKind.pair.keys()) {
        const space = key.indexOf(" ");
        const isIts =
          "network" in subject
            ? key.slice(0, space) === subject.network
            : key.slice(space + 1) === subject.login;
        if (isIts) byKind.pair.delete(key);
      }
    },
  };
}

function keyOf({ network = "", login = "" }: Subject): string {
  return `${network} ${login}`;
}

/** The login as the directory's keys are written, so that no second spelling has a count of its own. */
function loginKey(login: string): string {
  const address = parseAddress(login);
  return (address ? addressKey(address) : login.toLowerCase()).slice(0, MAX_LOGIN_LENGTH);
}
