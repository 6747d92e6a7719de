import { randomBytes } from "node:crypto";
import type { Credentials } from "../../ports/directory.ts";
import { MAX_PASSWORD_BYTES } from "../../protocol/sasl/login-text.ts";
import { preparePassword } from "../../protocol/sasl/sasl-prep.ts";
import { deriveScramVerifier, UnusablePassword } from "../../protocol/sasl/scram-credentials.ts";
import { argon2idHash, type RandomBytes } from "./argon2id.ts";

/**
 * Iterations of the SCRAM verifier. RFC 7677 4 wants 4096 at least; whoever steals the store would try passwords on this
 * verifier rather than on the argon2id hash, so it is sixteen times that. The cost is the client's: some 10 to 30 ms for
 * a login, and less than a second on a printer.
 */
export const SCRAM_ITERATIONS = 65_536;

/** Octets of a SCRAM salt. */
export const SCRAM_SALT_BYTES = 16;

/**
 * Makes what is kept of a new password: an argon2id hash for PLAIN, LOGIN and POP, and a verifier for SCRAM-SHA-256, each
 * with a salt of its own and over the same prepared form (SASLprep), so that all mechanisms take the same passwords.
 * @throws {UnusablePassword} with a sentence for the person, where the password is empty, too long or not text.
 */
export async function hashPassword(
  password: string,
  random: RandomBytes = randomBytes,
): Promise<Credentials> {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw new UnusablePassword(
      `The password is longer than ${MAX_PASSWORD_BYTES} bytes; choose a shorter one.`,
    );
  }
  const prepared = preparePassword(password);
  if (!prepared.ok) throw new UnusablePassword(prepared.error);
  const [argon2id, scramSha256] = await Promise.all([
    argon2idHash(prepared.value, random),
    deriveScramVerifier(prepared.value, random(SCRAM_SALT_BYTES), SCRAM_ITERATIONS),
  ]);
  return { argon2id, scramSha256 };
}
