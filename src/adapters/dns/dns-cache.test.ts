import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../core/instant.ts";
import { dnsCache } from "./dns-cache.ts";

const at = (seconds: number) => instant(seconds * 1000);

test("the entry unused longest makes room for a new one", () => {
  const cache = dnsCache<string>(2, 100);
  cache.set("a", "A", 10, at(0));
  cache.set("b", "B", 10, at(0));
  cache.get("a", at(1));
  cache.set("c", "C", 10, at(1));
  assert.deepEqual(
    ["a", "b", "c"].map((key) => cache.get(key, at(2))?.value),
    ["A", undefined, "C"],
  );
});

test("an entry lives for its TTL but not longer than the bound", () => {
  const cache = dnsCache<string>(10, 100);
  cache.set("short", "S", 10, at(0));
  cache.set("long", "L", 1e6, at(0));
  assert.deepEqual(cache.get("short", at(9.5)), { value: "S", ttlSeconds: 1 });
  assert.equal(cache.get("short", at(10)), undefined);
  assert.equal(cache.get("long", at(99))?.value, "L");
  assert.equal(cache.get("long", at(100)), undefined);
});

test("an answer of TTL 0 is not kept, and takes the place of an older one", () => {
  const cache = dnsCache<string>(10, 100);
  cache.set("a", "old", 10, at(0));
  cache.set("a", "new", 0, at(1));
  assert.equal(cache.get("a", at(1)), undefined);
});
