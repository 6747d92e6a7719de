import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deriveScramVerifier, UnusablePassword } from "./scram-credentials.ts";

const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");

describe("deriveScramVerifier", () => {
  it("keeps salt and count, and two keys that do not hold the password", async () => {
    const verifier = await deriveScramVerifier("pencil", salt, 4096);
    assert.deepEqual(verifier.salt, salt);
    assert.equal(verifier.iterations, 4096);
    // Computed from the example of RFC 7677 3 with Python's hashlib.
    assert.equal(
      Buffer.from(verifier.storedKey).toString("base64"),
      "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",
    );
    assert.equal(
      Buffer.from(verifier.serverKey).toString("base64"),
      "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("prepares the password, so that an accent may be composed or not", async () => {
    assert.deepEqual(
      await deriveScramVerifier("pa\u0308ss", salt, 4096),
      await deriveScramVerifier("p\u00e4ss", salt, 4096),
    );
  });

  it("refuses a password that no login could give", async () => {
    await assert.rejects(deriveScramVerifier("", salt, 4096), UnusablePassword);
    await assert.rejects(deriveScramVerifier("a\0b", salt, 4096), UnusablePassword);
  });
});
