import { type Domain, parseDomain } from "./domain.ts";

/**
 * An address as it stands in an envelope, after the codec has taken it apart (protocol/smtp).
 * `literal` is an address literal such as `[192.0.2.1]` with its brackets; then there is no domain.
 */
export interface EmailAddress {
  /** The local part with quoting removed; compared byte for byte except by the directory, which folds case. */
  readonly local: string;
  readonly domain: Domain | AddressLiteral;
}

/** `[192.0.2.1]`, `[IPv6:2001:db8::1]`, in the client's own words, lower case. */
export type AddressLiteral = `[${string}]`;

/** Whether the right-hand side is a literal rather than a domain name. */
export function isLiteral(domain: Domain | AddressLiteral): domain is AddressLiteral {
  return domain.startsWith("[");
}

// RFC 5321 4.1.2 atext plus dots between atoms; RFC 6531 3.3 adds UTF8-non-ascii.
const DOT_STRING =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+)*$/u;

/** Writes an address as SMTP has it, without angle brackets, quoting the local part where it must be. */
export function formatAddress(address: EmailAddress): string {
  const local = DOT_STRING.test(address.local)
    ? address.local
    : `"${address.local.replace(/[\\"]/g, "\\$&")}"`;
  return `${local}@${address.domain}`;
}

/** The key under which the directory knows an address: local part and domain in lower case. */
export function addressKey(address: EmailAddress): string {
  return `${address.local.toLowerCase()}@${address.domain}`;
}

/**
 * Reads an address as an administrator writes it: `alice@example.test`. Plain local parts only (no quotes):
 * an address that is made here must be one that every mail program can write.
 */
export function parseAddress(text: string): EmailAddress | undefined {
  const at = text.lastIndexOf("@");
  if (at < 1 || at > 64) return undefined;
  const local = text.slice(0, at);
  const domain = parseDomain(text.slice(at + 1));
  if (!domain || !DOT_STRING.test(local) || Buffer.byteLength(local) > 64) return undefined;
  return { local, domain };
}

/** A reverse-path (MAIL FROM): an address, or `null` for the null path `<>` of reports (RFC 5321 4.5.5). */
export type ReversePath = EmailAddress | null;

/** Writes a reverse-path without brackets; the null path is the empty string. */
export function formatReversePath(path: ReversePath): string {
  return path ? formatAddress(path) : "";
}
