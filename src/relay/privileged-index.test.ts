import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyEntries, anyIp } from "../../test/support/relay-arbitraries.ts";
import { entry, ip } from "../../test/support/relay-facts.ts";
import { rangeContains } from "../core/ip-range.ts";
import { privilegedIndex } from "./privileged-index.ts";

test("the index finds the entries that a walk through the whole list finds", () => {
  fc.assert(
    fc.property(anyEntries, anyIp, (entries, client) => {
      const found = privilegedIndex(entries)
        .find(client)
        .map((e) => e.id);
      const walked = entries.filter((e) => rangeContains(e.range, client)).map((e) => e.id);
      assert.deepEqual(new Set(found), new Set(walked));
    }),
    { numRuns: 2000 },
  );
});

test("the narrowest entry comes first, whatever the order they were given in", () => {
  const entries = [
    entry("192.0.2.0/24", { id: 1 }),
    entry("192.0.2.5", { id: 2 }),
    entry("192.0.0.0/16", { id: 3 }),
    entry("0.0.0.0/0", { id: 4 }),
  ];
  for (const order of [entries, entries.toReversed()]) {
    assert.deepEqual(
      privilegedIndex(order)
        .find(ip("192.0.2.5"))
        .map((e) => e.id),
      [2, 1, 3, 4],
    );
  }
});

test("IPv6 entries do not hold IPv4 clients, nor the other way round", () => {
  const index = privilegedIndex([entry("::/0", { id: 1 }), entry("0.0.0.0/0", { id: 2 })]);
  assert.deepEqual(
    index.find(ip("192.0.2.5")).map((e) => e.id),
    [2],
  );
  assert.deepEqual(
    index.find(ip("2001:db8::1")).map((e) => e.id),
    [1],
  );
});
