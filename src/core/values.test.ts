import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseDomain } from "./domain.ts";
import { addressKey, formatAddress, parseAddress } from "./email-address.ts";
import { formatId, idSource, parseId } from "./ids.ts";
import { formatDuration, instant, parseDurationMs } from "./instant.ts";
import { replies, withDecisionId } from "./replies.ts";
import { plainReply } from "./reply.ts";

describe("domains", () => {
  const good: Readonly<Record<string, string>> = {
    "example.test": "example.test",
    "EXAMPLE.Test": "example.test",
    localhost: "localhost",
    "bücher.example": "xn--bcher-kva.example",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "a-b.c1": "a-b.c1",
  };
  for (const [text, domain] of Object.entries(good)) {
    test(`${text} is the domain ${domain}`, () => assert.equal(parseDomain(text), domain));
  }
  const bad = [
    "",
    "example.test.",
    "-a.test",
    "a-.test",
    "a..b",
    "a_b.test",
    "1.2.3",
    "1.2.3.4",
    "a b.test",
    `${"a".repeat(64)}.test`,
    "a\r\nb.test",
    "ex\u0000ample.test",
  ];
  for (const text of bad) {
    test(`${JSON.stringify(text)} is no domain`, () => assert.equal(parseDomain(text), undefined));
  }
});

describe("addresses", () => {
  test("local parts are kept as written and compared without case", () => {
    const parsed = parseAddress("Alice.Smith@Example.TEST");
    assert.ok(parsed);
    assert.equal(formatAddress(parsed), "Alice.Smith@example.test");
    assert.equal(addressKey(parsed), "alice.smith@example.test");
  });
  for (const text of [
    "",
    "@example.test",
    "alice",
    "alice@",
    "a b@example.test",
    ".a@example.test",
    "a..b@example.test",
    "a@b@example.test",
    `${"a".repeat(65)}@example.test`,
  ]) {
    test(`${JSON.stringify(text)} is no address that can be made here`, () =>
      assert.equal(parseAddress(text), undefined));
  }
  test("a local part that is no dot-string is written in quotes", () => {
    const domain = parseDomain("example.test");
    assert.ok(domain);
    assert.equal(formatAddress({ local: 'a "b"\\', domain }), '"a \\"b\\"\\\\"@example.test');
  });
});

describe("ids", () => {
  test("ids grow when the clock stands still or goes back", () => {
    const times = [1_800_000_000_000, 1_800_000_000_000, 1_700_000_000_000];
    const next = idSource<"Test">(() => instant(times.shift() ?? 1_700_000_000_000));
    const made = [next(), next(), next(), next()];
    assert.deepEqual(
      made,
      [...new Set(made)].sort((a, b) => a - b),
    );
  });
  test("an id read back is the id, also with the slips that people make", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (id) => {
        assert.equal(parseId(formatId(id)), id);
        assert.equal(
          parseId(` ${formatId(id).toLowerCase().replaceAll("0", "o").replaceAll("1", "l")} `),
          id,
        );
      }),
    );
  });
  for (const text of ["", "U", "12-3", "ZZZZZZZZZZZZ"]) {
    test(`${JSON.stringify(text)} is no id`, () => assert.equal(parseId(text), undefined));
  }
});

describe("durations", () => {
  const cases: Readonly<Record<string, number>> = {
    "15m": 900_000,
    "1h": 3_600_000,
    "30s": 30_000,
    "5d": 432_000_000,
    "250ms": 250,
  };
  for (const [text, ms] of Object.entries(cases)) {
    test(`${text} is ${ms} ms and is written as it was read`, () => {
      assert.equal(parseDurationMs(text), ms);
      assert.equal(formatDuration(ms), text);
    });
  }
  for (const text of ["", "15", "m", "-1m", "1.5h", "1w"]) {
    test(`${JSON.stringify(text)} is no duration`, () => assert.equal(parseDurationMs(text), undefined));
  }
});

describe("replies", () => {
  test("every text in the catalogue fits a line and its status has the class of its code", () => {
    for (const value of Object.values(replies)) {
      if (typeof value === "function") continue;
      assert.ok(value.lines.every((line) => line.length < 500 && !/[\r\n]/.test(line)));
      if (value.status) assert.equal(value.status[0], String(value.code)[0], value.lines[0]);
    }
  });
  test("the decision id ends the last line", () => {
    assert.deepEqual(withDecisionId(plainReply(250, "a", "b"), "7Q2").lines, ["a", "b [7Q2]"]);
  });
});
