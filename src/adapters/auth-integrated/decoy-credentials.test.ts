import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decoyCredentials } from "./decoy-credentials.ts";
import { hashPassword } from "./password-hash.ts";

const secret = Buffer.alloc(32, 7);

describe("decoyCredentials", () => {
  it("have the shape of real ones", async () => {
    const shape = (value: Awaited<ReturnType<typeof hashPassword>>["scramSha256"]) => [
      value.salt.length,
      value.iterations,
      value.storedKey.length,
      value.serverKey.length,
    ];
    assert.deepEqual(
      shape(decoyCredentials(secret, "nobody")),
      shape((await hashPassword("pencil")).scramSha256),
    );
  });

  it("are the same for one name each time, and others for another name or secret", () => {
    const one = decoyCredentials(secret, "nobody");
    assert.deepEqual(decoyCredentials(secret, "nobody"), one);
    assert.notDeepEqual(decoyCredentials(secret, "nobody2").salt, one.salt);
    assert.notDeepEqual(decoyCredentials(Buffer.alloc(32, 8), "nobody").salt, one.salt);
  });
});
