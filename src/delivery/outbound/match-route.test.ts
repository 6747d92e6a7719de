import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../ports/route-store.ts";
import { matchRoute } from "./match-route.ts";

const route = (to: string): Route => ({ to, host: `host-of-${to}`, port: 25, tls: "may" });
const all = ["*", ".test", "example.test", ".example.test", ".b.example.test", "[192.0.2.1]"].map(route);

test("the longest pattern that fits wins, whatever the order of the list", () => {
  const table: [destination: string, pattern: string][] = [
    ["example.test", "example.test"],
    ["a.example.test", ".example.test"],
    ["b.example.test", ".example.test"],
    ["c.b.example.test", ".b.example.test"],
    ["otherexample.test", ".test"],
    ["example.com", "*"],
    ["[192.0.2.1]", "[192.0.2.1]"],
    ["[192.0.2.2]", "*"],
  ];
  for (const [destination, pattern] of table) {
    assert.equal(matchRoute(all, destination)?.to, pattern, destination);
    assert.equal(matchRoute(all.toReversed(), destination)?.to, pattern, `${destination}, reversed`);
  }
});

test("a pattern with a leading dot is for what is below the domain, not for the domain", () => {
  assert.equal(matchRoute([route(".example.test")], "example.test"), undefined);
});

test("no route is the answer where none fits", () => {
  assert.equal(matchRoute([route("example.test")], "a.example.test"), undefined);
  assert.equal(matchRoute([], "example.test"), undefined);
});
