import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type SaslStep, type ServerMechanism, startExchange } from "./server-mechanism.ts";

const options = { nonce: () => "server-nonce" };

function plain(message: string | Buffer): SaslStep {
  return startExchange("PLAIN", options).step(Buffer.from(message));
}

function login(user: string | Buffer, password: string | Buffer): SaslStep {
  const exchange = startExchange("LOGIN", options);
  const asked = exchange.step(Buffer.from(user));
  return asked.kind === "challenge" ? exchange.step(Buffer.from(password)) : asked;
}

describe("PLAIN (RFC 4616)", () => {
  it("asks with an empty challenge when there was no initial response", () => {
    assert.equal(startExchange("PLAIN", options).firstChallenge.length, 0);
  });

  it("hands on name and password", () => {
    assert.deepEqual(plain("\0alice@example.test\0se cret"), {
      kind: "verify-password",
      login: "alice@example.test",
      password: "se cret",
    });
  });

  it("takes an authorization identity that is the name itself, and rejects any other", () => {
    assert.equal(plain("alice\0alice\0pw").kind, "verify-password");
    assert.equal(plain("bob\0alice\0pw").kind, "rejected");
    assert.equal(plain("ALICE\0alice\0pw").kind, "rejected");
  });

  it("counts the NUL characters", () => {
    for (const message of ["", "alice", "alice\0pw", "\0alice\0p\0w", "\0alice\0pw\0", "\0\0\0\0"]) {
      assert.equal(plain(message).kind, "malformed", JSON.stringify(message));
    }
  });

  it("rejects an empty name and an empty password", () => {
    assert.equal(plain("\0\0pw").kind, "rejected");
    assert.equal(plain("\0alice\0").kind, "rejected");
    assert.equal(plain("\0\0").kind, "rejected");
  });

  it("refuses bytes that are not UTF-8, and keeps a byte order mark as part of the password", () => {
    assert.equal(plain(Buffer.from("\0alice\0p\xe4ss", "latin1")).kind, "malformed");
    const step = plain("\0alice\0\ufeffpw");
    assert.equal(step.kind === "verify-password" && step.password, "\ufeffpw");
  });

  it("bounds name and password at 320 and 1024 octets", () => {
    assert.equal(plain(`\0${"a".repeat(320)}\0${"p".repeat(1024)}`).kind, "verify-password");
    assert.equal(plain(`\0${"a".repeat(321)}\0pw`).kind, "rejected");
    assert.equal(plain(`\0alice\0${"p".repeat(1025)}`).kind, "rejected");
    assert.equal(plain(`\0alice\0${"ä".repeat(513)}`).kind, "rejected");
  });

  it("rejects a name with control characters, which could upset a log", () => {
    assert.equal(plain("\0alice\r\nX: y\0pw").kind, "rejected");
  });

  it("is over after one message", () => {
    const exchange = startExchange("PLAIN", options);
    exchange.step(Buffer.from("\0alice\0pw"));
    assert.equal(exchange.step(Buffer.from("\0alice\0pw")).kind, "malformed");
  });
});

describe("LOGIN", () => {
  it("asks for name and password in the words that clients look for", () => {
    const exchange = startExchange("LOGIN", options);
    assert.equal(exchange.firstChallenge.toString(), "Username:");
    assert.deepEqual(exchange.step(Buffer.from("alice")), {
      kind: "challenge",
      data: Buffer.from("Password:"),
    });
    assert.deepEqual(exchange.step(Buffer.from("pw")), {
      kind: "verify-password",
      login: "alice",
      password: "pw",
    });
    assert.equal(exchange.step(Buffer.from("pw")).kind, "malformed");
  });

  it("rejects empty and overlong names and passwords, and NUL in either", () => {
    assert.equal(login("", "pw").kind, "rejected");
    assert.equal(login("alice", "").kind, "rejected");
    assert.equal(login("a".repeat(321), "pw").kind, "rejected");
    assert.equal(login("alice", "p".repeat(1025)).kind, "rejected");
    assert.equal(login("alice\0bob", "pw").kind, "rejected");
    assert.equal(login("alice", "p\0w").kind, "rejected");
  });

  it("refuses bytes that are not UTF-8", () => {
    assert.equal(login(Buffer.from([0xff]), "pw").kind, "malformed");
    assert.equal(login("alice", Buffer.from([0xff])).kind, "malformed");
  });
});

describe("every mechanism", () => {
  const mechanisms: readonly ServerMechanism[] = ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];

  it("ends as malformed where credentials are given that it did not ask for", () => {
    const credentials = {
      salt: Buffer.alloc(16),
      iterations: 4096,
      storedKey: Buffer.alloc(32),
      serverKey: Buffer.alloc(32),
    };
    for (const mechanism of mechanisms) {
      const exchange = startExchange(mechanism, options);
      assert.equal(exchange.provide({ kind: "found", account: "alice", credentials }).kind, "malformed");
    }
  });

  it("accepts nobody and throws nothing, whatever bytes come", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.stringMatching(/^[nyp=a,rcm\0A-Z]{0,30}$/).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...mechanisms),
        fc.array(bytes, { maxLength: 4 }),
        (mechanism, messages) => {
          const exchange = startExchange(mechanism, options);
          for (const message of messages)
            assert.notEqual(exchange.step(Buffer.from(message)).kind, "accepted");
        },
      ),
    );
  });
});
