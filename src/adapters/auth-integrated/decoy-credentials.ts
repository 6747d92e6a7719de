import { createHmac } from "node:crypto";
import type { ScramCredentials } from "../../ports/directory.ts";
import { SCRAM_ITERATIONS, SCRAM_SALT_BYTES } from "./password-hash.ts";

/**
 * Makes up SCRAM credentials for a name that has none: of the same shape as real ones, and the same each time for one
 * name, so that neither one answer nor the difference of two tells which names exist (RFC 5802 9).
 * @param secret random, and never told; whoever has it can tell a decoy.
 */
export function decoyCredentials(secret: Uint8Array, name: string): ScramCredentials {
  const bytes = (use: string) => createHmac("sha256", secret).update(`${use}\0${name}`).digest();
  return {
    salt: bytes("salt").subarray(0, SCRAM_SALT_BYTES),
    iterations: SCRAM_ITERATIONS,
    storedKey: bytes("stored key"),
    serverKey: bytes("server key"),
  };
}
