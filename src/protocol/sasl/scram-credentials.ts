import { createHash, createHmac, pbkdf2 } from "node:crypto";
import { preparePassword } from "./sasl-prep.ts";

/** What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 3). The password cannot be read back from it. */
export interface ScramVerifier {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** The output size of SHA-256, which all keys, signatures and proofs have. */
export const KEY_BYTES = 32;

/** RFC 7677 4: fewer iterations are not to be used. */
export const MIN_ITERATIONS = 4096;

/** A password that no login could ever give again, so that nothing is made of it. The message is for a person. */
export class UnusablePassword extends Error {
  readonly code = "unusable-password";
}

/**
 * Makes the verifier of a password, off the event loop. The password is prepared first (see {@link preparePassword}).
 * @throws {UnusablePassword} for the empty password and one with prohibited characters.
 */
export async function deriveScramVerifier(
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<ScramVerifier> {
  const prepared = preparePassword(password);
  if (!prepared.ok) throw new UnusablePassword(prepared.error);
  const salted = await saltedPassword(prepared.value, salt, iterations);
  return { salt, iterations, storedKey: sha256(clientKey(salted)), serverKey: hmac(salted, "Server Key") };
}

// RFC 5802 2.2: Hi() is PBKDF2 with HMAC, one block long.
function saltedPassword(prepared: string, salt: Uint8Array, iterations: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(prepared, salt, iterations, KEY_BYTES, "sha256", (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** RFC 5802 3: `HMAC(SaltedPassword, "Client Key")`. */
export function clientKey(salted: Uint8Array): Buffer {
  return hmac(salted, "Client Key");
}

/** HMAC-SHA-256. */
export function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** SHA-256. */
export function sha256(data: Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}

/** Byte-wise exclusive or; both have the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
}
