import { toASCII } from "tr46";
import type { Brand } from "./brand.ts";

/** A domain name in its one form: lower-case A-labels without a trailing dot, at most 253 octets. */
export type Domain = Brand<string, "Domain">;

// RFC 5321 4.1.2: sub-domain = Let-dig [Ldh-str]. The underscore is not in the grammar and is refused.
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads a domain name as a person or a client writes it, in ASCII or Unicode.
 * An address such as `192.0.2.1` is no domain name: the last label may not be all digits (RFC 3696 2).
 * @returns the domain, or `undefined` where the text is none.
 */
export function parseDomain(text: string): Domain | undefined {
  if (text.length === 0 || text.length > 253) return undefined;
  const ascii = /^[\x21-\x7e]+$/.test(text) ? text.toLowerCase() : unicodeToAscii(text);
  if (ascii === undefined || ascii.length > 253) return undefined;
  const labels = ascii.split(".");
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  if (/^\d+$/.test(labels.at(-1) ?? "")) return undefined;
  return ascii as Domain;
}

function unicodeToAscii(text: string): string | undefined {
  // RFC 5890: U-labels become A-labels. Not `domainToASCII`, which reads `1.2.3` as an IPv4 address.
  return (
    toASCII(text, { checkHyphens: true, checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true }) ??
    undefined
  );
}
