const PLAIN_CHARACTERS = /^[!-*,-<>-~]*$/;
const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes text as xtext: everything but printable ASCII, and `+` and `=`, becomes `+HH` for each UTF-8 octet
 * (RFC 3461 4).
 */
export function encodeXtext(text: string): string {
  if (PLAIN_CHARACTERS.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    encoded += PLAIN_CHARACTERS.test(character)
      ? character
      : `+${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/**
 * Reads xtext. The result may hold anything, control characters too: the caller must judge it.
 * @returns the text, or `undefined` where it is no xtext or does not stand for UTF-8
 */
export function decodeXtext(text: string): string | undefined {
  if (PLAIN_CHARACTERS.test(text)) return text;
  if (!XTEXT.test(text)) return undefined;
  const bytes = text.replace(/\+(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return UTF8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}
