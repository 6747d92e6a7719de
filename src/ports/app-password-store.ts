import type { Instant } from "../core/instant.ts";
import type { Result } from "../core/result.ts";

/** The protocols that an app password may be for. */
export const APP_PASSWORD_SCOPES = ["smtp", "pop"] as const;

/** A protocol that an app password may be for. */
export type AppPasswordScope = (typeof APP_PASSWORD_SCOPES)[number];

/** A further password of a mailbox, for one program of its owner's. The password itself is not kept. */
export interface AppPassword {
  /** The mailbox's key. */
  readonly account: string;
  /** Unique in the mailbox: what the program is called. */
  readonly name: string;
  readonly scopes: readonly AppPasswordScope[];
  /** Addresses, blocks or `first-last` that it may be used from; empty: from everywhere. */
  readonly ranges: readonly string[];
  readonly createdAt: Instant;
  readonly expiresAt?: Instant;
  /** The day of the last login with it, from 1970 (UTC). */
  readonly lastUsedDay?: number;
}

/** Where the main password of a mailbox is taken. `console-only`: not by SMTP and POP, which then want an app password. */
export type MainPasswordUse = "everywhere" | "console-only";

/**
 * The app passwords of mailboxes, found by a hash: see `appPasswordHash`. Whether there is such a mailbox is for the caller
 * to ask. A store that cannot answer rejects with `StoreUnavailable`.
 */
export interface AppPasswordStore {
  /** Refuses a second of the same name in a mailbox, and more than {@link MAX_APP_PASSWORDS}. */
  add(password: AppPassword, hash: string): Promise<Result<void>>;
  /** Sorted by name. */
  list(account: string): Promise<AppPassword[]>;
  find(account: string, hash: string): Promise<AppPassword | undefined>;
  remove(account: string, name: string): Promise<Result<void>>;
  /** Removes all that is kept of a mailbox: for when it is removed. */
  forget(account: string): Promise<void>;
  noteUse(account: string, name: string, day: number): Promise<void>;
  mainPasswordUse(account: string): Promise<MainPasswordUse>;
  setMainPasswordUse(account: string, use: MainPasswordUse): Promise<void>;
}

/** App passwords of one mailbox. */
export const MAX_APP_PASSWORDS = 50;
