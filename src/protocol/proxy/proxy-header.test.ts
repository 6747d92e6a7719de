import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readProxyHeader } from "./proxy-header.ts";

const v1 = (text: string) => Buffer.from(text, "latin1");

/** A version 2 header: byte 13 (version and command), byte 14 (family and protocol), and what follows the length. */
function v2(command: number, family: number, block: readonly number[]): Buffer {
  const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
  return Buffer.from([...signature, command, family, block.length >> 8, block.length & 255, ...block]);
}

const IPV4_BLOCK = [192, 0, 2, 7, 198, 51, 100, 1, 0xdc, 0x04, 0, 25];
const IPV6 = [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 7];
const IPV6_BLOCK = [...IPV6, ...IPV6, 0xdc, 0x04, 0, 25];
const TLVS = [0x04, 0, 3, 1, 2, 3, 0x01, 0, 2, 0x68, 0x32];

const GOOD: readonly (readonly [name: string, header: Buffer, ip: string | undefined, port: number])[] = [
  ["version 1 IPv4", v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n"), "192.0.2.7", 56_324],
  ["version 1 IPv6", v1("PROXY TCP6 2001:db8::7 2001:DB8::1 56324 587\r\n"), "2001:db8::7", 56_324],
  ["version 1 IPv4-mapped", v1("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:198.51.100.1 1 25\r\n"), "192.0.2.7", 1],
  ["version 1 extreme ports", v1("PROXY TCP4 192.0.2.7 198.51.100.1 0 65535\r\n"), "192.0.2.7", 0],
  ["version 1 unknown", v1("PROXY UNKNOWN\r\n"), undefined, 0],
  ["version 1 unknown with addresses", v1("PROXY UNKNOWN ffff::1 ffff::2 1 2 and more\r\n"), undefined, 0],
  ["version 1 of 107 octets", v1(`PROXY UNKNOWN ${"x".repeat(91)}\r\n`), undefined, 0],
  ["version 2 IPv4", v2(0x21, 0x11, IPV4_BLOCK), "192.0.2.7", 56_324],
  ["version 2 IPv4 with TLVs", v2(0x21, 0x11, [...IPV4_BLOCK, ...TLVS]), "192.0.2.7", 56_324],
  ["version 2 IPv6", v2(0x21, 0x21, IPV6_BLOCK), "2001:db8::7", 56_324],
  ["version 2 IPv6 with TLVs", v2(0x21, 0x21, [...IPV6_BLOCK, ...TLVS]), "2001:db8::7", 56_324],
  ["version 2 local", v2(0x20, 0x00, []), undefined, 0],
  ["version 2 local with addresses", v2(0x20, 0x11, IPV4_BLOCK), undefined, 0],
  ["version 2 local of any family", v2(0x20, 0xff, [1, 2, 3]), undefined, 0],
  ["version 2 unspecified", v2(0x21, 0x00, TLVS), undefined, 0],
  ["version 2 UDP over IPv4", v2(0x21, 0x12, IPV4_BLOCK), undefined, 0],
  ["version 2 UDP over IPv6", v2(0x21, 0x22, IPV6_BLOCK), undefined, 0],
  ["version 2 Unix stream", v2(0x21, 0x31, Array<number>(216).fill(0)), undefined, 0],
  ["version 2 Unix datagram", v2(0x21, 0x32, Array<number>(216).fill(0)), undefined, 0],
  [
    "version 2 of the largest size",
    v2(0x21, 0x11, [...IPV4_BLOCK, ...Array<number>(524).fill(0)]),
    "192.0.2.7",
    56_324,
  ],
];

const BAD: readonly (readonly [name: string, header: Buffer])[] = [
  ["a client's own command", v1("EHLO client.test\r\n")],
  ["small letters", v1("proxy TCP4 192.0.2.7 198.51.100.1 1 25\r\n")],
  ["a TLS handshake", Buffer.from([0x16, 0x03, 0x01])],
  ["a wrong byte late in the signature", Buffer.from("\r\n\r\n\0\r\nQUIX")],
  ["no family", v1("PROXY \r\n")],
  ["another family", v1("PROXY UDP4 192.0.2.7 198.51.100.1 1 25\r\n")],
  ["an IPv6 address as TCP4", v1("PROXY TCP4 2001:db8::7 198.51.100.1 1 25\r\n")],
  ["an IPv4 address as TCP6", v1("PROXY TCP6 2001:db8::7 198.51.100.1 1 25\r\n")],
  ["an address with a leading zero", v1("PROXY TCP4 192.0.2.07 198.51.100.1 1 25\r\n")],
  ["a host name", v1("PROXY TCP4 client.test 198.51.100.1 1 25\r\n")],
  ["a port over 65535", v1("PROXY TCP4 192.0.2.7 198.51.100.1 65536 25\r\n")],
  ["a destination port over 65535", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n")],
  ["a port with a leading zero", v1("PROXY TCP4 192.0.2.7 198.51.100.1 01 25\r\n")],
  ["a negative port", v1("PROXY TCP4 192.0.2.7 198.51.100.1 -1 25\r\n")],
  ["a field too few", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n")],
  ["a field too many", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1 25 9\r\n")],
  ["two blanks", v1("PROXY TCP4  192.0.2.7 198.51.100.1 1 25\r\n")],
  ["a bare LF", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1 25\n")],
  ["a bare CR", v1("PROXY UNKNOWN\rx\r\n")],
  ["a byte over 127", v1("PROXY UNKNOWN \xe9\r\n")],
  ["108 octets", v1(`PROXY UNKNOWN ${"x".repeat(92)}\r\n`)],
  ["107 octets without an end", v1(`PROXY UNKNOWN ${"x".repeat(93)}`)],
  ["another version", v2(0x11, 0x11, IPV4_BLOCK)],
  ["another command", v2(0x22, 0x11, IPV4_BLOCK)],
  ["another address family", v2(0x21, 0x41, IPV4_BLOCK)],
  ["another protocol", v2(0x21, 0x13, IPV4_BLOCK)],
  ["an IPv4 block that is too short", v2(0x21, 0x11, IPV4_BLOCK.slice(0, 11))],
  ["an IPv6 block that is too short", v2(0x21, 0x21, IPV6_BLOCK.slice(0, 35))],
  ["a block over the limit", v2(0x21, 0x11, [...IPV4_BLOCK, ...Array<number>(525).fill(0)])],
];

describe("readProxyHeader", () => {
  for (const [name, header, ip, port] of GOOD) {
    it(`reads ${name}, and leaves what follows`, () => {
      for (const received of [header, Buffer.concat([header, Buffer.from("EHLO x\r\n")])]) {
        const read = readProxyHeader(received);
        assert.ok(read.state === "ok", JSON.stringify(read));
        assert.equal(read.length, header.length);
        if (read.source.kind === "local") assert.equal(ip, undefined);
        else assert.deepEqual([read.source.ip.text, read.source.port], [ip, port]);
      }
    });

    it(`waits for all of ${name}`, () => {
      for (let length = 0; length < header.length; length += 1) {
        assert.deepEqual(readProxyHeader(header.subarray(0, length)), { state: "incomplete" }, `${length}`);
      }
    });
  }

  for (const [name, header] of BAD) {
    it(`refuses ${name}`, () => {
      assert.equal(readProxyHeader(header).state, "invalid");
    });
  }

  it("does not read beyond the bound while it waits for the end", () => {
    assert.equal(readProxyHeader(v1(`PROXY UNKNOWN ${"x".repeat(500)}\r\n`)).state, "invalid");
  });

  it("never throws, never waits beyond its bound, and never takes back an answer when more comes", () => {
    const start = fc.constantFrom(...[...GOOD, ...BAD].map(([, header]) => header));
    fc.assert(
      fc.property(
        start,
        fc.uint8Array({ maxLength: 600, size: "max" }),
        fc.nat(60),
        (header, noise, keep) => {
          const received = Buffer.concat([header.subarray(0, keep), noise]);
          const whole = readProxyHeader(received);
          assert.ok(whole.state !== "incomplete" || received.length < 16 + 536);
          for (let length = 0; length < received.length; length += 1) {
            const part = readProxyHeader(received.subarray(0, length));
            if (part.state !== "incomplete") assert.deepEqual(part, whole);
          }
        },
      ),
    );
  });
});
