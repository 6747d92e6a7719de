// Unicode's own line ends, and characters that change the direction or hide the text around them.
const DECEPTIVE =
  /[\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\p{Co}\p{Noncharacter_Code_Point}]/gu;

/**
 * Makes somebody else's words fit for one line of ours: line ends and tabs become a space, other control and deceptive
 * characters `?`, and what is too long is cut and ends in `...`. The result cannot begin a line or a field of its own.
 * @param utf8 whether characters beyond ASCII may stay; otherwise each becomes `?`.
 */
export function safeText(text: string, maxChars: number, utf8: boolean): string {
  const line = text
    .slice(0, 4 * maxChars)
    .toWellFormed()
    .replace(/[\r\n\t]+/g, " ")
    .replace(/\p{Cc}/gu, "?")
    .replace(DECEPTIVE, "?")
    .trim();
  const plain = utf8 ? line : line.replace(/[^\x20-\x7e]/gu, "?");
  return plain.length <= maxChars ? plain : `${plain.slice(0, maxChars - 3).toWellFormed()}...`;
}

/**
 * Makes somebody else's word fit to stand as one word of a structured field: all but letters, digits and `.`, `_`, `-` become
 * `?`, which is a word character too (RFC 5322 3.2.3) and shows that something was there.
 */
export function safeWord(text: string, maxChars: number): string {
  return text.slice(0, maxChars).replace(/[^A-Za-z0-9._-]/gu, "?");
}

/**
 * Whether an address can stand in a header as it is: quoted or plain local part, domain or literal, no controls, nothing
 * that would end it early.
 * @param utf8 whether characters beyond ASCII may be in it (RFC 6532).
 */
export function isSafeAddress(address: string, utf8: boolean): boolean {
  if (Buffer.byteLength(address) > 512 || !address.isWellFormed()) return false;
  return SAFE_ADDRESS.test(address) && (utf8 || /^[\x20-\x7e]*$/.test(address));
}

const SAFE_ADDRESS =
  /^(?:"(?:[^"\\\p{Cc}\p{Zl}\p{Zp}]|\\[\x20-\x7e])*"|[^\s"<>(),;:\\[\]@\p{Cc}\p{Zl}\p{Zp}]+)@(?:[^\s"<>(),;:\\[\]@\p{Cc}\p{Zl}\p{Zp}]+|\[[A-Za-z0-9.:-]+\])$/u;
