/**
 * Writes ASN.1 in DER (X.690), as much of it as a certificate needs. Every function gives a whole element: tag, length
 * and content.
 */

/** An element of any tag. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

/** X.690 8.1.3: one octet below 128, else the number of octets and the length in them. */
function encodeLength(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

/** SEQUENCE. */
export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(0x30, ...elements);
}

/** SET of one element, which needs no sorting. */
export function setOfOne(only: Uint8Array): Buffer {
  return element(0x31, only);
}

/** INTEGER that is not negative, from its octets. */
export function integer(octets: Uint8Array): Buffer {
  const first = octets.findIndex((octet) => octet !== 0);
  const short = first < 0 ? Uint8Array.of(0) : octets.subarray(first);
  // A first bit of 1 would make it negative.
  return element(0x02, (short[0] ?? 0) & 0x80 ? Uint8Array.of(0) : new Uint8Array(), short);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** X.690 8.19.2: seven bits an octet, the high bit on all but the last. */
function base128(arc: number): number[] {
  const octets = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
    octets.unshift(0x80 | (left % 128));
  }
  return octets;
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** OCTET STRING. */
export function octetString(content: Uint8Array): Buffer {
  return element(0x04, content);
}

/** BIT STRING; `unusedBits` of the last octet do not count. */
export function bitString(content: Uint8Array, unusedBits = 0): Buffer {
  return element(0x03, Uint8Array.of(unusedBits), content);
}

/** BOOLEAN true, which is all that an extension's `critical` needs. */
export function booleanTrue(): Buffer {
  return element(0x01, Uint8Array.of(0xff));
}

/** RFC 5280 4.1.2.5: UTCTime to the end of 2049, GeneralizedTime after it. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2), "latin1"))
    : element(0x18, Buffer.from(digits, "latin1"));
}
