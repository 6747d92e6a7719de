import { parseDomain } from "../../core/domain.ts";
import type { AddressLiteral, EmailAddress } from "../../core/email-address.ts";
import { parseIp } from "../../core/ip-address.ts";
import { err, ok, type Result } from "../../core/result.ts";

/** A path as it stands after `FROM:` or `TO:`. */
export interface PathSyntax {
  /** The address; `null` for the null path `<>`; `"postmaster"` for a bare `<Postmaster>` (RFC 5321 4.1.1.3). */
  readonly value: EmailAddress | null | "postmaster";
  /** What stands after the closing bracket. */
  readonly rest: string;
  /** The address in the client's own words, without brackets and without a source route. */
  readonly text: string;
}

/** Whether addresses may hold characters beyond ASCII (RFC 6531). */
export interface PathOptions {
  readonly utf8: boolean;
}

// RFC 5321 4.5.3.1.1 to 4.5.3.1.3, all in octets; the path counts with its brackets.
const MAX_LOCAL_BYTES = 64;
const MAX_DOMAIN_BYTES = 255;
const MAX_PATH_BYTES = 256;

// RFC 5321 4.1.2, with UTF8-non-ascii of RFC 6531 3.3 except the C1 control characters. No part can match in two
// ways, so the time is linear in the text.
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u00a0-\\u{10ffff}-]+";
const DOT_STRING = new RegExp(`${ATOM}(?:\\.${ATOM})*`, "uy");
const QUOTED_STRING = /"(?:[ !#-[\]-~\u00a0-\u{10ffff}]|\\[ -~])*"/uy;
const NON_ASCII = /[^\0-\x7f]/;

/**
 * Reads a path: `<local@domain>`, `<>`, `<Postmaster>`, `<@relay.example,@other.example:local@domain>`.
 * The source route is checked and ignored (RFC 5321 4.1.1.3). Unicode domains become A-labels.
 * An empty quoted local part (`""@example.test`) is refused although the grammar has it: it names nobody.
 * @param text starts with the opening bracket; what stands after the closing one is handed back unread
 * @returns the path, or a clause that says what is wrong
 */
export function parsePath(text: string, options: PathOptions): Result<PathSyntax> {
  if (text[0] !== "<") return err("the address must stand in angle brackets");
  if (text[1] === ">") return ok({ value: null, rest: text.slice(2), text: "" });
  const start = text[1] === "@" ? afterSourceRoute(text) : 1;
  if (start === undefined) return err("the source route is not well formed");

  // No path is longer than the window, so no pattern ever runs on more than that.
  const window = text.slice(0, MAX_PATH_BYTES);
  const localEnd = match(window[start] === '"' ? QUOTED_STRING : DOT_STRING, window, start);
  if (localEnd === undefined) return err("the local part is not well formed");
  const written = text.slice(start, localEnd);
  if (Buffer.byteLength(written) > MAX_LOCAL_BYTES) return err("the local part is longer than 64 octets");
  if (text[localEnd] === ">" && start === 1 && /^postmaster$/i.test(written)) {
    return ok({ value: "postmaster", rest: text.slice(localEnd + 1), text: written });
  }
  if (text[localEnd] !== "@") return err("after the local part there must be @ and a domain");
  const end = text.indexOf(">", localEnd);
  if (end < 0) return err("the closing angle bracket is missing");
  const domainText = text.slice(localEnd + 1, end);
  const whole = text.slice(start, end);
  if (Buffer.byteLength(domainText) > MAX_DOMAIN_BYTES) return err("the domain is longer than 255 octets");
  if (Buffer.byteLength(whole) + start + 1 > MAX_PATH_BYTES) return err("the path is longer than 256 octets");
  if (!options.utf8 && NON_ASCII.test(text.slice(0, end)))
    return err("an address beyond ASCII needs SMTPUTF8");
  const local = unquote(written);
  if (local === "") return err("the local part is empty");
  const domain = domainText[0] === "[" ? parseLiteral(domainText) : parseDomain(domainText);
  if (domain === undefined) return err("what follows the @ is neither a domain name nor an address literal");
  return ok({ value: { local, domain }, rest: text.slice(end + 1), text: whole });
}

/** Where the match that begins at `at` ends. */
function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Where the mailbox begins after `@a,@b:` (RFC 5321 4.1.2 A-d-l). */
function afterSourceRoute(text: string): number | undefined {
  const colon = text.indexOf(":");
  if (colon < 0 || colon > MAX_PATH_BYTES) return undefined;
  const hops = text.slice(1, colon).split(",");
  const wellFormed = hops.every((hop) => hop[0] === "@" && parseDomain(hop.slice(1)) !== undefined);
  return wellFormed ? colon + 1 : undefined;
}

/** The local part as it is compared: quotes and backslashes only protect (RFC 5321 4.1.2). */
function unquote(written: string): string {
  return written[0] === '"' ? written.slice(1, -1).replace(/\\(.)/gu, "$1") : written;
}

/** RFC 5321 4.1.3: `[192.0.2.1]` or `[IPv6:2001:db8::1]`; no other tag has been registered. */
function parseLiteral(text: string): AddressLiteral | undefined {
  if (!text.endsWith("]")) return undefined;
  const inside = text.slice(1, -1).toLowerCase();
  const tagged = inside.startsWith("ipv6:");
  const address = tagged ? inside.slice(5) : inside;
  // Told apart by the colon, since an IPv4-mapped IPv6 address reads as version 4.
  return address.includes(":") === tagged && parseIp(address) !== undefined ? `[${inside}]` : undefined;
}
