import { parseDomain } from "../core/domain.ts";
import { addressKey, parseAddress } from "../core/email-address.ts";
import { type Instant, instant, parseDurationMs, plusMs } from "../core/instant.ts";
import { type IpRange, parseIpRange } from "../core/ip-range.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { PrivilegedEntry } from "../relay/policy.ts";

/** A privileged entry as a person gives it: texts, of which only the range must be there. */
export interface PrivilegedEntryInput {
  /** An address, a CIDR block or first-last. */
  readonly range: string;
  readonly label?: string | undefined;
  readonly owner?: string | undefined;
  readonly note?: string | undefined;
  /** A date (its end, UTC), a date with time and zone, or a duration from now. */
  readonly expires?: string | undefined;
  /** Addresses and domains (`example.test` or `@example.test`) that may send. */
  readonly senders?: readonly string[] | undefined;
  /** Domains that may be sent to. */
  readonly recipients?: readonly string[] | undefined;
  /** Recipients a day. */
  readonly daily?: number | undefined;
}

/** Reads an entry; all problems are told at once, a sentence each. The id is 0, which the store replaces. */
export function parsePrivilegedEntry(
  input: PrivilegedEntryInput,
  now: Instant,
): Result<PrivilegedEntry, string[]> {
  const problems: string[] = [];
  const take = <T>(result: Result<T>): T | undefined => {
    if (result.ok) return result.value;
    problems.push(result.error);
    return undefined;
  };
  const range = take<IpRange>(parseIpRange(input.range));
  const expiresAt = input.expires === undefined ? undefined : take(parseExpiry(input.expires, now));
  const senders = (input.senders ?? []).map((text) => take(parseSender(text)));
  const recipients = (input.recipients ?? []).map((text) => take(parseRecipientDomain(text)));
  if (!range || problems.length > 0) return err(problems);
  return ok({
    id: 0,
    range,
    label: input.label?.trim() ?? "",
    owner: input.owner?.trim() ?? "",
    note: input.note?.trim() ?? "",
    ...(expiresAt === undefined ? {} : { expiresAt }),
    senders: unique(senders),
    recipients: unique(recipients),
    ...(input.daily === undefined ? {} : { dailyCap: input.daily }),
  });
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Reads when something ends: a day, a moment, or a duration from now. Refuses what has passed. */
export function parseExpiry(text: string, now: Instant): Result<Instant> {
  const durationMs = parseDurationMs(text);
  const at = durationMs === undefined ? parseTime(text) : plusMs(now, durationMs);
  if (at === undefined) {
    return err(`"${text}" is no time; write 2027-03-31, 2027-03-31T18:00Z, or 30d for thirty days from now`);
  }
  return at > now ? ok(at) : err(`"${text}" has passed already; an expiry lies in the future`);
}

function parseTime(text: string): Instant | undefined {
  const isDate = DATE.test(text);
  if (!isDate && !DATE_TIME.test(text)) return undefined;
  const day = Date.parse(text.slice(0, 10));
  // Date.parse reads 30 February as 2 March.
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  const ms = Date.parse(isDate ? `${text}T23:59:59.999Z` : text);
  return Number.isNaN(ms) ? undefined : instant(ms);
}

function parseSender(text: string): Result<string> {
  const address = text.indexOf("@") > 0 ? parseAddress(text) : undefined;
  if (address) return ok(addressKey(address));
  const domain = parseDomain(text.startsWith("@") ? text.slice(1) : text);
  return domain ? ok(`@${domain}`) : err(`"${text}" is neither an address nor a domain that could send`);
}

function parseRecipientDomain(text: string): Result<string> {
  const domain = parseDomain(text.startsWith("@") ? text.slice(1) : text);
  return domain ? ok(domain) : err(`"${text}" is no domain that could be sent to`);
}

function unique(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))];
}
