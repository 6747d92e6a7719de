import { fromBigInt, type IpAddress, parseIp, toBigInt } from "./ip-address.ts";
import { err, ok, type Result } from "./result.ts";

/** A prefix: the addresses that share their first `bits` bits with `base`. */
export interface IpPrefix {
  readonly base: IpAddress;
  readonly bits: number;
}

/** A run of addresses, both ends included, of one version. */
export interface IpRange {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/**
 * Reads an address, a CIDR block or `first-last`.
 * A block must be written on its boundary: `192.0.2.5/28` may be a slip, so it is refused, with the right one named.
 */
export function parseIpRange(text: string): Result<IpRange> {
  const trimmed = text.trim();
  if (trimmed.includes("/")) return parseCidr(trimmed);
  const dash = trimmed.indexOf("-");
  if (dash >= 0) return parseFirstLast(trimmed.slice(0, dash).trim(), trimmed.slice(dash + 1).trim());
  const ip = parseIp(trimmed);
  return ip
    ? ok({ first: ip, last: ip })
    : err(`"${trimmed}" is not an IP address, a CIDR block or first-last`);
}

function parseCidr(text: string): Result<IpRange> {
  const [address = "", bitsText = "", extra] = text.split("/");
  const ip = parseIp(address);
  if (!ip || extra !== undefined) return err(`"${text}": "${address}" is not an IP address`);
  const width = ip.version === 4 ? 32 : 128;
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN;
  if (!(bits <= width)) return err(`"${text}": the prefix length must be between 0 and ${width}`);
  const size = 1n << BigInt(width - bits);
  const value = toBigInt(ip);
  const base = value - (value % size);
  if (base !== value) {
    return err(
      `"${text}" does not start on its own boundary; did you mean ${fromBigInt(base, ip.version).text}/${bits}?`,
    );
  }
  return ok({ first: ip, last: fromBigInt(base + size - 1n, ip.version) });
}

function parseFirstLast(firstText: string, lastText: string): Result<IpRange> {
  const first = parseIp(firstText);
  const last = parseIp(lastText);
  if (!first) return err(`"${firstText}" is not an IP address`);
  if (!last) return err(`"${lastText}" is not an IP address`);
  if (first.version !== last.version) {
    return err(`"${firstText}-${lastText}" mixes IPv4 and IPv6; write one range for each`);
  }
  if (toBigInt(first) > toBigInt(last)) {
    return err(`"${firstText}-${lastText}" is reversed; did you mean ${lastText}-${firstText}?`);
  }
  return ok({ first, last });
}

/** The fewest prefixes that together cover just the range; at most 2 × width of them. */
export function toPrefixes(range: IpRange): IpPrefix[] {
  const { version } = range.first;
  const width = version === 4 ? 32 : 128;
  const last = toBigInt(range.last);
  const prefixes: IpPrefix[] = [];
  for (let next = toBigInt(range.first); next <= last; ) {
    let hostBits = 0;
    while (
      hostBits < width &&
      next % (1n << BigInt(hostBits + 1)) === 0n &&
      next + (1n << BigInt(hostBits + 1)) - 1n <= last
    ) {
      hostBits += 1;
    }
    prefixes.push({ base: fromBigInt(next, version), bits: width - hostBits });
    next += 1n << BigInt(hostBits);
  }
  return prefixes;
}

/** Writes a range in its shortest form: one address, a CIDR block where it is one, else `first-last`. */
export function formatIpRange(range: IpRange): string {
  if (range.first.text === range.last.text) return range.first.text;
  const prefixes = toPrefixes(range);
  const only = prefixes.length === 1 ? prefixes[0] : undefined;
  return only ? `${only.base.text}/${only.bits}` : `${range.first.text}-${range.last.text}`;
}

/** Whether the range holds the address. */
export function rangeContains(range: IpRange, ip: IpAddress): boolean {
  if (range.first.version !== ip.version) return false;
  const value = toBigInt(ip);
  return toBigInt(range.first) <= value && value <= toBigInt(range.last);
}
