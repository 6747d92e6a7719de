import type { IpAddress } from "../core/ip-address.ts";
import type { LoginOutcome } from "./authenticator.ts";

/** One attempt to log in, by whatever protocol it comes. */
export interface LoginAttempt {
  readonly client: IpAddress;
  /** The name as the client gave it. */
  readonly login: string;
  /** Absent with SCRAM, which never shows it. */
  readonly password?: string;
}

/** What the client is told. `blocked` says nothing about the password: it may have been right. */
export type GuardedOutcome = LoginOutcome | { readonly kind: "blocked" };

/**
 * Keeps guessers of passwords out (SPEC R-29): one for the whole server, so that what is tried by one protocol counts for
 * all. Asked before a password is looked at, and told what came of it.
 */
export interface LoginGuard {
  /**
   * Whether the attempt may go on. Where wrong passwords came before, it answers late, so that guessing is slow whether
   * the next one is right or wrong.
   */
  admit(attempt: LoginAttempt): Promise<boolean>;
  /** Counts what came of an admitted attempt, and says what to tell the client. */
  settle(attempt: LoginAttempt, outcome: LoginOutcome): Promise<GuardedOutcome>;
}
