import { type Domain, parseDomain } from "../core/domain.ts";
import { type EmailAddress, parseAddress } from "../core/email-address.ts";
import { type Instant, instant, parseDurationMs, plusMs } from "../core/instant.ts";
import { type IpAddress, parseIp } from "../core/ip-address.ts";
import { ok, type Result } from "../core/result.ts";
import { invalid, type Refusal, refuse } from "./refusal.ts";

/** Reads an address as an administrator writes it. `path` is the property that it came in. */
export function readAddress(path: string, text: string): Result<EmailAddress, Refusal> {
  const address = parseAddress(text.trim());
  return address
    ? ok(address)
    : invalid(path, `"${text}" is no e-mail address; write it as alice@example.test`);
}

/** Reads a domain name. */
export function readDomain(path: string, text: string): Result<Domain, Refusal> {
  const domain = parseDomain(text.trim());
  return domain ? ok(domain) : invalid(path, `"${text}" is no domain name; write it as example.test`);
}

/** Reads an IP address. */
export function readIp(path: string, text: string): Result<IpAddress, Refusal> {
  const ip = parseIp(text.trim());
  return ip ? ok(ip) : invalid(path, `"${text}" is no IP address; write it as 192.0.2.7 or 2001:db8::7`);
}

/** The one form of a post office's or an administrator's name; whether it is a good one is the directory's to say. */
export function nameKey(text: string): string {
  return text.trim().toLowerCase();
}

/** Reads a moment: ISO 8601, or a duration back from now such as `2h`. */
export function readMoment(path: string, text: string, now: Instant): Result<Instant, Refusal> {
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined) return ok(plusMs(now, -durationMs));
  const ms = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(ms)
    ? invalid(path, `"${text}" is no time; write 2026-11-24, 2026-11-24T18:00Z, or 2h for two hours ago`)
    : ok(instant(ms));
}

/** Checks a new password for what no login could send; its strength is its owner's affair. */
export function readPassword(path: string, text: string): Result<string, Refusal> {
  // RFC 4616 2 ends the password at the end of the message and allows no NUL; POP and people allow no line ends.
  return /[\u0000-\u001f\u007f]/.test(text)
    ? invalid(path, "the password holds a control character (a line end?); choose one without")
    : ok(text);
}

/** Gives `output` where the store has done it, and its sentence as a refusal where not. */
export function outputOf<Output>(result: Result<void>, output: Output): Result<Output, Refusal> {
  return result.ok ? ok(output) : refuse("refused", result.error);
}

/** A moment as outputs have it. */
export function isoTime(at: Instant): string {
  return new Date(at).toISOString();
}
