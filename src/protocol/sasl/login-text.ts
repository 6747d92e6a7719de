/** The longest login name that is looked at, in octets: an address has at most 320 (RFC 5321 4.5.3.1). */
export const MAX_LOGIN_BYTES = 320;

/** The longest password that is looked at, in octets. */
export const MAX_PASSWORD_BYTES = 1024;

// A byte order mark is a character of the password like any other.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8, or `undefined` where the bytes are none. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether a name may be looked up: there, not too long, and no control characters that would upset a log or a terminal. */
export function usableLogin(login: string): boolean {
  return login !== "" && Buffer.byteLength(login) <= MAX_LOGIN_BYTES && !/\p{Cc}/u.test(login);
}

/** Whether a password may be checked. The empty one never is (RFC 4616 2: `passwd = 1*SAFE`). */
export function usablePassword(password: string): boolean {
  return password !== "" && Buffer.byteLength(password) <= MAX_PASSWORD_BYTES;
}
