import { err, ok, type Result } from "../../core/result.ts";

// RFC 3454 C.1.2: spaces other than U+0020.
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;

// RFC 3454 B.1: commonly mapped to nothing.
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

// RFC 3454 C.2.1, C.2.2: control characters, among them separators and invisible operators; without those of B.1.
const CONTROL =
  /[\p{Cc}\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\ufffc\u{1d173}-\u{1d17a}]/u;

// RFC 3454 C.3 (private use), C.4 (no characters), C.5 (surrogates), C.6, C.7, C.8 (direction), C.9 (tags).
const OTHER_PROHIBITED =
  /[\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\ufffd\u2ff0-\u2ffb\u200e\u200f\u202a-\u202e\u{e0001}\u{e0020}-\u{e007f}]/u;

/**
 * Brings a password into the one form that is hashed, so that it does not matter how a keyboard composes an accent.
 * SASLprep (RFC 4013) as far as passwords need it: mapping (C.1.2, B.1), NFKC, and the prohibited characters of 2.3. Left
 * out are the checks for right-to-left order (2.4) and for code points unassigned in Unicode 3.2 (2.5): they would
 * refuse passwords that work, and refuse differently on each client's version of Unicode.
 * @returns the form to hash, or a sentence that says why there is none and quotes nothing of the password.
 */
export function preparePassword(password: string): Result<string> {
  const prepared = password.replace(OTHER_SPACES, " ").replace(NOTHING, "").normalize("NFKC");
  if (prepared === "") return err("The password is empty; give one of at least one visible character.");
  if (CONTROL.test(prepared)) {
    return err("The password holds a control character (a tab, a line end or the like); leave it out.");
  }
  if (OTHER_PROHIBITED.test(prepared)) {
    return err(
      "The password holds a character that is not for text (private use, text direction, tags); leave it out.",
    );
  }
  return ok(prepared);
}
