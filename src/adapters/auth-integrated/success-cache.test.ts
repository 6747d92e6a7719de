import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instant } from "../../core/instant.ts";
import { successCache } from "./success-cache.ts";

const proof = { login: "alice@example.test", password: "pencil", argon2id: "$argon2id$1" };

describe("successCache", () => {
  it("knows a login for its time and no longer, however often it is used", () => {
    const cache = successCache({ maxEntries: 10, keepMs: 1000 });
    const key = cache.key(proof);
    assert.equal(cache.has(key, instant(0)), false);
    cache.add(key, instant(0));
    assert.equal(cache.has(key, instant(500)), true);
    assert.equal(cache.has(key, instant(999)), true);
    assert.equal(cache.has(key, instant(1000)), false);
  });

  it("does not believe an entry from the future", () => {
    const cache = successCache({ maxEntries: 10, keepMs: 1000 });
    cache.add(cache.key(proof), instant(5000));
    assert.equal(cache.has(cache.key(proof), instant(4999)), false);
  });

  it("has another key for another password, name or stored hash, and none that can be mistaken", () => {
    const cache = successCache({ maxEntries: 10, keepMs: 1000 });
    const keys = [
      proof,
      { ...proof, password: "Pencil" },
      { ...proof, login: "bob@example.test" },
      { ...proof, argon2id: "$argon2id$2" },
      { ...proof, login: "alice@example.testp", password: "encil" },
      { ...proof, password: 'pencil","', argon2id: "$argon2id$1" },
    ].map(cache.key);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(!keys.join().includes("pencil"));
    assert.notEqual(successCache({ maxEntries: 1, keepMs: 1 }).key(proof), cache.key(proof));
  });

  it("forgets the oldest when it is full", () => {
    const cache = successCache({ maxEntries: 2, keepMs: 1000 });
    cache.add("a", instant(0));
    cache.add("b", instant(1));
    cache.add("a", instant(2));
    cache.add("c", instant(3));
    assert.deepEqual(
      ["a", "b", "c"].map((key) => cache.has(key, instant(4))),
      [true, false, true],
    );
  });
});
