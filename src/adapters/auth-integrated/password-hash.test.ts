import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deriveScramVerifier, UnusablePassword } from "../../protocol/sasl/scram-credentials.ts";
import { argon2idMatches } from "./argon2id.ts";
import { hashPassword } from "./password-hash.ts";

describe("hashPassword", () => {
  it("makes both kinds of credentials of one password, each with a salt of its own", async () => {
    const { argon2id, scramSha256 } = await hashPassword("pencil");
    assert.equal(await argon2idMatches("pencil", argon2id), true);
    assert.equal(scramSha256.salt.length, 16);
    assert.ok(scramSha256.iterations >= 4096);
    const again = await deriveScramVerifier("pencil", scramSha256.salt, scramSha256.iterations);
    assert.deepEqual(scramSha256, again);
    assert.ok(!argon2id.includes(Buffer.from(scramSha256.salt).toString("base64").slice(0, 22)));
  });

  it("hashes the prepared form, so that an accent may be composed or not", async () => {
    const { argon2id } = await hashPassword("pa\u0308ss");
    assert.equal(await argon2idMatches("p\u00e4ss", argon2id), true);
  });

  it("refuses, with a sentence, what no login could give", async () => {
    for (const password of ["", "\u00ad", "tab\there", "x".repeat(1025), "\u00e4".repeat(513)]) {
      await assert.rejects(hashPassword(password), (error) => {
        assert.ok(error instanceof UnusablePassword);
        assert.match(error.message, /^The password .*[^.]\.$/);
        return true;
      });
    }
  });
});
