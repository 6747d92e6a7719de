import { createHash, randomBytes } from "node:crypto";

const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 28;
const GROUPS = /(.{7})(?=.)/g;
const SHAPE = new RegExp(`^[a-z2-7]{${LENGTH}}$`);

/** A new app password of 140 random bits, in groups that can be read out and typed: `abcdefg-hijklmn-opqrstu-vwxyz23`. */
export function hashedAppPassword(): { readonly password: string; readonly hash: string } {
  // 256 is a multiple of 32, so every letter is as likely as another.
  const letters = [...randomBytes(LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  return { password: letters.replace(GROUPS, "$1-"), hash: hashOf(letters) };
}

/**
 * What is kept of an app password, and what it is found by; `undefined` where the text cannot be one. Dashes, blanks and
 * case do not matter. It is a plain SHA-256: with 140 random bits there is nothing to try out, so a slow hash with a salt
 * would protect nothing and only cost each login its time.
 */
export function appPasswordHash(password: string): string | undefined {
  if (password.length > 2 * LENGTH) return undefined;
  const letters = password.toLowerCase().replace(/[- ]/g, "");
  return SHAPE.test(letters) ? hashOf(letters) : undefined;
}

function hashOf(letters: string): string {
  return createHash("sha256").update(letters).digest("base64");
}
