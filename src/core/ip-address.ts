import ipaddr from "ipaddr.js";

/**
 * An IP address as its bits. IPv4-mapped IPv6 (`::ffff:a.b.c.d`) is read as the IPv4 address it stands for,
 * so one client has one address whatever socket it came through (SPEC R-15).
 */
export interface IpAddress {
  readonly version: 4 | 6;
  /** The address in 32-bit words, most significant first: one for IPv4, four for IPv6. */
  readonly words: readonly number[];
  /** The canonical text: dotted quad, or RFC 5952. */
  readonly text: string;
}

// ipaddr.js also takes `127.1`, `0x7f.1` and `010.1.1.1`; a policy must not have two readings of one text.
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^[0-9a-fA-F:.]{2,45}$/;

/**
 * Reads an IPv4 or IPv6 address in its full written form, without zone.
 * @returns the address, or `undefined` where the text is none.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (IPV4.test(text)) return fromBytes(ipaddr.IPv4.parse(text).toByteArray());
  if (!text.includes(":") || !IPV6.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  return fromBytes(ipaddr.IPv6.parse(text).toByteArray());
}

/** Makes an address of 4 or 16 bytes, network order. */
export function fromBytes(bytes: ArrayLike<number>): IpAddress {
  const list = Array.from(bytes);
  const mapped =
    list.length === 16 && list.slice(0, 10).every((b) => b === 0) && list[10] === 255 && list[11] === 255;
  const own = mapped ? list.slice(12) : list;
  const words: number[] = [];
  for (let i = 0; i < own.length; i += 4) {
    words.push(
      (((own[i] ?? 0) << 24) | ((own[i + 1] ?? 0) << 16) | ((own[i + 2] ?? 0) << 8) | (own[i + 3] ?? 0)) >>>
        0,
    );
  }
  return own.length === 4
    ? { version: 4, words, text: own.join(".") }
    : { version: 6, words, text: new ipaddr.IPv6(own).toRFC5952String() };
}

/** The address as a number, for arithmetic on ranges. */
export function toBigInt(ip: IpAddress): bigint {
  return ip.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

/** The address with that number, in that version. */
export function fromBigInt(value: bigint, version: 4 | 6): IpAddress {
  const size = version === 4 ? 4 : 16;
  const bytes = new Uint8Array(size);
  for (let i = size - 1, rest = value; i >= 0; i -= 1, rest >>= 8n) bytes[i] = Number(rest & 255n);
  const words: number[] = [];
  for (let i = 0; i < size; i += 4) {
    words.push(new DataView(bytes.buffer).getUint32(i));
  }
  return version === 4
    ? { version, words, text: Array.from(bytes).join(".") }
    : { version, words, text: new ipaddr.IPv6(Array.from(bytes)).toRFC5952String() };
}

/**
 * What one client can be told by when it is to be bounded: an IPv4 address, or the /64 of an IPv6 address, since whoever has
 * one of a /64 has them all (RFC 6177 2). It is text for people too: `192.0.2.7`, `2001:db8:1:2::/64`.
 */
export function networkKey(ip: IpAddress): string {
  if (ip.version === 4) return ip.text;
  return `${fromBigInt((toBigInt(ip) >> 64n) << 64n, 6).text}/64`;
}
