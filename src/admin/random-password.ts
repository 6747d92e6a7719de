/** No 0, O, 1, l or I: what is read out or typed off paper must not be ambiguous. */
const CHARACTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 20;

/**
 * A password of 20 characters, 116 bits.
 * @param randomBelow a whole number from 0 to below its argument, from a cryptographic source.
 */
export function randomPassword(randomBelow: (limit: number) => number): string {
  let password = "";
  for (let count = 0; count < LENGTH; count += 1) password += CHARACTERS[randomBelow(CHARACTERS.length)];
  return password;
}
