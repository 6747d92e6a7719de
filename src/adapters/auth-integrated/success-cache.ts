import { createHmac, randomBytes } from "node:crypto";
import type { Instant } from "../../core/instant.ts";

/** What a login was proved with. */
export interface LoginProof {
  readonly login: string;
  readonly password: string;
  /** The stored hash. It is part of the key: a changed password makes every earlier entry unreachable. */
  readonly argon2id: string;
}

/** Logins that were right a short while ago, so that an app server does not cost one argon2 a message. */
export interface SuccessCache {
  /** The name of a proof in here; the password cannot be read back from it. */
  key(proof: LoginProof): string;
  has(key: string, now: Instant): boolean;
  add(key: string, now: Instant): void;
}

/**
 * Keys are HMACs with a random key of this process, so that even a memory dump holds nothing to try passwords on without it.
 * An entry counts for `keepMs` from the login that proved it and is not renewed by use. The oldest go first.
 */
export function successCache(options: {
  readonly maxEntries: number;
  readonly keepMs: number;
}): SuccessCache {
  const secret = randomBytes(32);
  const addedAt = new Map<string, Instant>();
  return {
    key: ({ login, password, argon2id }) =>
      // JSON keeps the three apart: no login and password can be written as another pair.
      createHmac("sha256", secret)
        .update(JSON.stringify([login, password, argon2id]))
        .digest("base64"),
    has(key, now) {
      const added = addedAt.get(key);
      // A clock that was set back must not make an entry live longer.
      if (added !== undefined && now >= added && now - added < options.keepMs) return true;
      addedAt.delete(key);
      return false;
    },
    add(key, now) {
      addedAt.delete(key);
      addedAt.set(key, now);
      const oldest = addedAt.keys().next();
      if (addedAt.size > options.maxEntries && !oldest.done) addedAt.delete(oldest.value);
    },
  };
}
