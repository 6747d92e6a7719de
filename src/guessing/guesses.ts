import { type Instant, instant, plusMs } from "../core/instant.ts";

/** The wrong passwords that one subject (a network, a login, or both together) has tried or been tried with. */
export interface Guesses {
  /** Keyed hashes of the latest ones, so that a repeated one is known again; never more than {@link MAX_GUESSES}. */
  readonly tried: readonly number[];
  /** Different ones since the last block. */
  readonly count: number;
  /** How often it has been blocked. */
  readonly round: number;
  /** The present or the last block's end. */
  readonly blockedUntil: Instant;
  /** When the last one was counted. */
  readonly at: Instant;
}

/** Different wrong passwords that bring a block. A person has a handful; a program has thousands. */
export const MAX_GUESSES = 20;

const FREE_GUESSES = 3;
const MAX_DELAY_MS = 4000;
const FIRST_BLOCK_MS = 15 * 60_000;
const MAX_BLOCK_MS = 86_400_000;
const FORGET_MS = 86_400_000;

/** Nothing was tried. */
export const NO_GUESSES: Guesses = {
  tried: [],
  count: 0,
  round: 0,
  blockedUntil: instant(0),
  at: instant(0),
};

/** What still counts: nothing where a day has passed since the last wrong password and the end of the last block. */
export function stillCounting(guesses: Guesses, now: Instant): Guesses {
  const last = Math.max(guesses.at, guesses.blockedUntil);
  return now - last >= FORGET_MS ? NO_GUESSES : guesses;
}

/** Whether the subject's logins are not looked at now. */
export function isBlocked({ blockedUntil }: Guesses, now: Instant): boolean {
  return now < blockedUntil;
}

/** How long the next attempt waits: nothing after up to three wrong passwords, then 1, 2 and 4 seconds. */
export function delayMs({ count }: Guesses): number {
  return count <= FREE_GUESSES ? 0 : Math.min(1000 * 2 ** (count - FREE_GUESSES - 1), MAX_DELAY_MS);
}

/**
 * Counts a wrong password. One that was tried before counts nothing, so a program with an old password does not block
 * anybody. {@link MAX_GUESSES} different ones bring a block of 15 minutes, and each further block is twice as long, up
 * to a day.
 * @param hash names the password; `undefined` where it is not known (SCRAM): then it counts as a different one.
 */
export function afterWrongPassword(before: Guesses, hash: number | undefined, now: Instant): Guesses {
  const guesses = stillCounting(before, now);
  if (hash !== undefined && guesses.tried.includes(hash)) return guesses;
  const tried = hash === undefined ? guesses.tried : [...guesses.tried, hash].slice(-MAX_GUESSES);
  const count = guesses.count + 1;
  if (count < MAX_GUESSES) return { ...guesses, tried, count, at: now };
  const round = guesses.round + 1;
  const blockedUntil = plusMs(now, Math.min(FIRST_BLOCK_MS * 2 ** (round - 1), MAX_BLOCK_MS));
  return { tried, count: 0, round, blockedUntil, at: now };
}
