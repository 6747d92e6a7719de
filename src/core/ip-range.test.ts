import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fromBigInt, networkKey, parseIp, toBigInt } from "./ip-address.ts";
import { formatIpRange, parseIpRange, rangeContains, toPrefixes } from "./ip-range.ts";

describe("reading addresses", () => {
  for (const text of ["192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "fe80::1"]) {
    test(`${text} is an address and comes back as it was`, () => assert.equal(parseIp(text)?.text, text));
  }
  for (const text of [
    "127.1",
    "010.1.1.1",
    "0x7f.1",
    "256.1.1.1",
    "1.2.3",
    "1.2.3.4.",
    "",
    "::g",
    "fe80::1%eth0",
    "1.2.3.4 ",
    "::ffff:1.2.3",
  ]) {
    test(`"${text}" is no address`, () => assert.equal(parseIp(text), undefined));
  }
  test("an IPv4-mapped address is the IPv4 address", () => {
    assert.deepEqual(parseIp("::ffff:192.0.2.5"), parseIp("192.0.2.5"));
    assert.deepEqual(parseIp("::ffff:c000:205"), parseIp("192.0.2.5"));
  });
  test("one IPv6 address has one text, however it was written", () => {
    assert.equal(parseIp("2001:DB8:0:0:0:0:0:1")?.text, "2001:db8::1");
  });
  test("a bound on a client counts IPv4 by address and IPv6 by /64", () => {
    const key = (text: string) => {
      const ip = parseIp(text);
      assert.ok(ip);
      return networkKey(ip);
    };
    assert.equal(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::2"));
    assert.notEqual(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
    assert.notEqual(key("192.0.2.1"), key("192.0.2.2"));
    assert.equal(key("::ffff:192.0.2.1"), key("192.0.2.1"));
  });
  test("number and address turn into each other", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (n) => {
        assert.equal(toBigInt(fromBigInt(n, 6)), n);
        const v4 = n & 0xffffffffn;
        assert.equal(toBigInt(fromBigInt(v4, 4)), v4);
      }),
    );
  });
});

describe("reading ranges", () => {
  const good: Readonly<Record<string, string>> = {
    "192.0.2.5": "192.0.2.5",
    "192.0.2.0/28": "192.0.2.0/28",
    "192.0.2.0-192.0.2.15": "192.0.2.0/28",
    "192.0.2.10 - 192.0.2.20": "192.0.2.10-192.0.2.20",
    "2001:db8::/32": "2001:db8::/32",
    "0.0.0.0/0": "0.0.0.0/0",
  };
  for (const [text, formatted] of Object.entries(good)) {
    test(`"${text}" is ${formatted}`, () => {
      const range = parseIpRange(text);
      assert.ok(range.ok);
      assert.equal(formatIpRange(range.value), formatted);
    });
  }

  const bad: Readonly<Record<string, RegExp>> = {
    "192.0.2.5/28": /did you mean 192\.0\.2\.0\/28/,
    "192.0.2.0/33": /between 0 and 32/,
    "192.0.2.0/": /between 0 and 32/,
    "192.0.2.20-192.0.2.10": /reversed; did you mean 192\.0\.2\.10-192\.0\.2\.20/,
    "192.0.2.1-2001:db8::1": /mixes IPv4 and IPv6/,
    "192.0.2.0/28/1": /not an IP address/,
    "10.*": /not an IP address/,
  };
  for (const [text, problem] of Object.entries(bad)) {
    test(`"${text}" is refused and the reason says what is wrong`, () => {
      const range = parseIpRange(text);
      assert.ok(!range.ok);
      assert.match(range.error, problem);
    });
  }

  test("the prefixes of a range cover each of its addresses once and no other", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffff), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const range = { first: fromBigInt(BigInt(low), 4), last: fromBigInt(BigInt(high), 4) };
        const prefixes = toPrefixes(range);
        const sizes = prefixes.map((p) => 1n << BigInt(32 - p.bits));
        assert.equal(
          sizes.reduce((sum, size) => sum + size, 0n),
          BigInt(high - low + 1),
        );
        assert.ok(prefixes.every((p) => rangeContains(range, p.base)));
        assert.ok(prefixes.length <= 64);
      }),
    );
  });
});
