import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { argon2idHash, argon2idMatches, NOBODY, UnreadableHash } from "./argon2id.ts";

// A test vector of the reference implementation (phc-winner-argon2, src/test.c): "password", "somesalt".
const REFERENCE = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";

describe("argon2id", () => {
  it("checks a hash that another implementation made, with costs of its own", async () => {
    assert.equal(await argon2idMatches("password", REFERENCE), true);
    assert.equal(await argon2idMatches("Password", REFERENCE), false);
  });

  it("makes a PHC string with its own salt that only the password matches", async () => {
    const phc = await argon2idHash("pa\u00e4ss");
    assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.notEqual(await argon2idHash("pa\u00e4ss"), phc);
    assert.equal(await argon2idMatches("pa\u00e4ss", phc), true);
    assert.equal(await argon2idMatches("paass", phc), false);
  });

  it("has a hash for nobody of the same cost as a real one", async () => {
    const cost = (phc: string) => phc.split("$").slice(1, 4).join("$");
    assert.equal(cost(NOBODY), cost(await argon2idHash("x", (size) => Buffer.alloc(size, 1))));
    assert.equal(await argon2idMatches("", NOBODY), false);
  });

  it("refuses strings that are no argon2id hash, or one of absurd cost", async () => {
    const [salt, tag] = ["c2FsdHNhbHRzYWx0", "aGFzaGhhc2hoYXNo"];
    for (const phc of [
      "",
      "pencil",
      "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
      `$argon2i$v=19$m=64,t=3,p=2$${salt}$${tag}`,
      `$argon2id$v=16$m=64,t=3,p=2$${salt}$${tag}`,
      `$argon2id$v=19$m=9999999,t=3,p=2$${salt}$${tag}`,
      `$argon2id$v=19$m=64,t=0,p=2$${salt}$${tag}`,
      `$argon2id$v=19$m=64,t=99,p=2$${salt}$${tag}`,
      `$argon2id$v=19$m=64,t=3,p=0$${salt}$${tag}`,
      `$argon2id$v=19$m=64,t=3,p=9$${salt}$${tag}`,
      `$argon2id$v=19$m=64,t=3,p=2$${salt}$`,
    ]) {
      await assert.rejects(argon2idMatches("pencil", phc), UnreadableHash, phc);
    }
  });
});
