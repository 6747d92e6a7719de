import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type EmailAddress, formatAddress, parseAddress } from "../../core/email-address.ts";
import { parsePath } from "./address-grammar.ts";

const ASCII = { utf8: false };
const UTF8 = { utf8: true };
const octets = (count: number, octet = "a") => octet.repeat(count);
/** A domain of exactly that many octets, of labels of at most 63. */
const domainOf = (count: number) => {
  const labels = Array.from({ length: 4 }, () => octets(63)).join(".");
  return `${labels.slice(0, count - ".test".length)}.test`;
};

/** What stands between the brackets, and the local part and domain that it means. */
const GOOD: readonly (readonly [text: string, local: string, domain: string])[] = [
  ["alice@example.test", "alice", "example.test"],
  ["Alice@EXAMPLE.Test", "Alice", "example.test"],
  ["a.b.c@example.test", "a.b.c", "example.test"],
  ["!#$%&'*+/=?^_`{|}~-@example.test", "!#$%&'*+/=?^_`{|}~-", "example.test"],
  ["postmaster@example.test", "postmaster", "example.test"],
  ["alice@localhost", "alice", "localhost"],
  ["alice@a-b.3com.test", "alice", "a-b.3com.test"],
  ["alice@xn--bcher-kva.test", "alice", "xn--bcher-kva.test"],
  ['"alice"@example.test', "alice", "example.test"],
  ['"a b"@example.test', "a b", "example.test"],
  ['"a>b"@example.test', "a>b", "example.test"],
  ['"a@b.test"@example.test', "a@b.test", "example.test"],
  ['"a\\"b\\\\c\\d"@example.test', 'a"b\\cd', "example.test"],
  ['".."@example.test', "..", "example.test"],
  ["alice@[192.0.2.1]", "alice", "[192.0.2.1]"],
  ["alice@[IPv6:2001:DB8::1]", "alice", "[ipv6:2001:db8::1]"],
  ["alice@[ipv6:::ffff:192.0.2.1]", "alice", "[ipv6:::ffff:192.0.2.1]"],
  [`${octets(64)}@example.test`, octets(64), "example.test"],
  [`a@${domainOf(252)}`, "a", domainOf(252)],
];

/** A whole path that is wrong, and a part of what is said about it. */
const BAD: readonly (readonly [path: string, says: RegExp])[] = [
  ["", /angle brackets/],
  ["alice@example.test", /angle brackets/],
  [" <alice@example.test>", /angle brackets/],
  ["<alice@example.test", /closing/],
  ["<", /local part/],
  ["<@>", /source route/],
  ["<alice>", /must be @/],
  ["<alice@>", /neither/],
  ["<@example.test>", /source route/],
  ["< alice@example.test>", /local part/],
  ["<alice @example.test>", /must be @/],
  ["<alice@ example.test>", /neither/],
  ["<alice@example.test >", /neither/],
  ["<alice@exam\tple.test>", /neither/],
  ["<ali\0ce@example.test>", /must be @/],
  ['<"ali\x07ce"@example.test>', /local part/],
  ['<"ali\r\nce"@example.test>', /local part/],
  ["<alice@example.test.>", /neither/],
  ["<alice@.example.test>", /neither/],
  ["<alice@example..test>", /neither/],
  ["<alice@-example.test>", /neither/],
  ["<alice@example_.test>", /neither/],
  ["<alice@192.0.2.1>", /neither/],
  ["<alice@bob@example.test>", /neither/],
  ["<.alice@example.test>", /local part/],
  ["<alice.@example.test>", /must be @/],
  ["<al..ice@example.test>", /must be @/],
  ["<al(comment)ice@example.test>", /must be @/],
  ["<a,b@example.test>", /must be @/],
  ["<<alice@example.test>>", /local part/],
  ['<""@example.test>', /empty/],
  ['<"alice@example.test>', /local part/],
  ['<"alice"x@example.test>', /must be @/],
  ['<x"alice"@example.test>', /must be @/],
  ['<"alice\\"@example.test>', /local part/],
  ["<alice@[192.0.2.256]>", /neither/],
  ["<alice@[192.0.2]>", /neither/],
  ["<alice@[192.0.2.1>", /neither/],
  ["<alice@192.0.2.1]>", /neither/],
  ["<alice@[2001:db8::1]>", /neither/],
  ["<alice@[IPv6:192.0.2.1]>", /neither/],
  ["<alice@[IPv6:2001:db8::1%eth0]>", /neither/],
  ["<alice@[tag:what]>", /neither/],
  ["<alice@[]>", /neither/],
  ["<@a.test:>", /local part/],
  ["<@a.test,b.test:alice@example.test>", /source route/],
  ["<@a.test,:alice@example.test>", /source route/],
  ["<@a test:alice@example.test>", /source route/],
  ["<@a.test:postmaster>", /must be @/],
  [`<${octets(65)}@example.test>`, /longer than 64/],
  [`<"${octets(63)}"@example.test>`, /longer than 64/],
  [`<a@${octets(256, "b")}>`, /longer than 255/],
  [`<${octets(64)}@${domainOf(200)}>`, /longer than 256/],
  ["<bücher@example.test>", /SMTPUTF8/],
  ["<alice@bücher.test>", /SMTPUTF8/],
  ["<@bücher.test:alice@example.test>", /SMTPUTF8/],
];

function addressIn(path: string, options = ASCII): { address: EmailAddress; text: string; rest: string } {
  const result = parsePath(path, options);
  assert.ok(result.ok, path);
  const { value, text, rest } = result.value;
  assert.ok(value !== null && value !== "postmaster", path);
  return { address: value, text, rest };
}

describe("parsePath", () => {
  for (const [text, local, domain] of GOOD) {
    it(`reads <${text}>`, () => {
      assert.deepEqual(addressIn(`<${text}>`), { address: { local, domain }, text, rest: "" });
    });
  }

  for (const [path, says] of BAD) {
    it(`refuses ${JSON.stringify(path.slice(0, 60))}`, () => {
      const result = parsePath(path, ASCII);
      assert.ok(!result.ok, JSON.stringify(result));
      assert.match(result.error, says);
    });
  }

  it("reads the null path", () => {
    assert.deepEqual(parsePath("<> SIZE=1", ASCII), {
      ok: true,
      value: { value: null, text: "", rest: " SIZE=1" },
    });
  });

  it("reads a bare postmaster whatever its case, and keeps its writing", () => {
    for (const text of ["postmaster", "Postmaster", "POSTMASTER"]) {
      assert.deepEqual(parsePath(`<${text}>`, ASCII), {
        ok: true,
        value: { value: "postmaster", text, rest: "" },
      });
    }
  });

  it("hands back what stands after the path", () => {
    assert.equal(addressIn("<alice@example.test> SIZE=10 X>Y").rest, " SIZE=10 X>Y");
    assert.equal(addressIn("<alice@example.test>SIZE=10").rest, "SIZE=10");
  });

  it("ignores a source route that is well formed", () => {
    for (const route of ["@a.test:", "@a.test,@b.example:", "@localhost:"]) {
      assert.deepEqual(addressIn(`<${route}"a:b"@example.test>`), {
        address: { local: "a:b", domain: "example.test" },
        text: '"a:b"@example.test',
        rest: "",
      });
    }
  });

  it("counts a source route into the length of the path", () => {
    const hop = `@${domainOf(120)}`;
    assert.ok(parsePath(`<${hop}:alice@example.test>`, ASCII).ok);
    assert.ok(!parsePath(`<${hop},${hop}:alice@example.test>`, ASCII).ok);
  });

  it("takes a path of 256 octets and none of 257", () => {
    const path = `<${octets(64)}@${domainOf(189)}>`;
    assert.equal(path.length, 256);
    assert.ok(parsePath(path, ASCII).ok);
    assert.ok(!parsePath(`<${octets(64)}@${domainOf(190)}>`, ASCII).ok);
  });

  it("takes what is beyond ASCII with SMTPUTF8, the domain as A-labels", () => {
    assert.deepEqual(addressIn("<bücher@Bücher.test>", UTF8).address, {
      local: "bücher",
      domain: "xn--bcher-kva.test",
    });
    assert.equal(addressIn('<"ü b"@example.test>', UTF8).address.local, "ü b");
    assert.equal(addressIn("<@bücher.test:alice@example.test>", UTF8).text, "alice@example.test");
  });

  it("counts a local part beyond ASCII in octets", () => {
    assert.ok(parsePath(`<${octets(32, "ü")}@example.test>`, UTF8).ok);
    assert.ok(!parsePath(`<${octets(33, "ü")}@example.test>`, UTF8).ok);
  });

  it("refuses control characters beyond ASCII", () => {
    for (const local of ["a\u0085b", '"a\u009fb"']) assert.ok(!parsePath(`<${local}@example.test>`, UTF8).ok);
  });
});

describe("parsePath, for any text", () => {
  const soup = fc.string({
    unit: fc.constantFrom(...'<>@,:;[]".\\ a1-_%!\t\0é\u2028'.split(""), "IPv6:", "postmaster"),
    maxLength: 80,
  });

  it("never throws, and what it takes it finds again in its own writing", () => {
    fc.assert(
      fc.property(soup, fc.boolean(), (inside, utf8) => {
        for (const path of [inside, `<${inside}>`, `<${inside}@example.test>`]) {
          const result = parsePath(path, { utf8 });
          if (!result.ok || result.value.value === null || result.value.value === "postmaster") continue;
          const written = formatAddress(result.value.value);
          assert.deepEqual(addressIn(`<${written}>`, UTF8).address, result.value.value);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("finds every address again that has a local part of printable characters", () => {
    const printable = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(printable, fc.domain(), (local, domain) => {
        const home = parseAddress(`x@${domain}`);
        fc.pre(home !== undefined);
        const address: EmailAddress = { local, domain: home.domain };
        const parsed = addressIn(`<${formatAddress(address)}>`);
        assert.deepEqual(parsed.address, address);
        assert.equal(parsed.text, formatAddress(address));
      }),
    );
  });

  it("works through hostile lengths without backtracking", () => {
    // A pattern that could match in two ways would not come back from these.
    for (const unit of ["a.", "\\a", '"', "@a,", "@a.", "<", "é", "["]) {
      for (const open of ["<", '<"', "<@", "<a@"])
        assert.ok(!parsePath(open + unit.repeat(100_000), UTF8).ok);
    }
  });
});
