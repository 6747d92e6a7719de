import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ClientExchange } from "./client-exchange.ts";
import { type ClientMechanism, clientExchange } from "./client-mechanism.ts";
import { deriveScramVerifier } from "./scram-credentials.ts";
import { type SaslStep, type ServerExchange, startExchange } from "./server-mechanism.ts";

const salt = Buffer.from("a salt of 16 oct");

/** Lets a client and a server talk as SMTP does, and says how both saw the end. */
async function talk(
  mechanism: ClientMechanism,
  stored: { user: string; password: string },
  client: ClientExchange,
) {
  const server = startExchange(mechanism, { nonce: () => "and-the-servers" });
  const initial = client.initial();
  let step: SaslStep = initial ? server.step(initial) : { kind: "challenge", data: server.firstChallenge };
  for (;;) {
    if (step.kind === "challenge") {
      const answer = client.step(step.data);
      if (answer.kind === "failed") return { server: "cancelled", clientSure: client.finished() };
      step = server.step(answer.kind === "send" ? answer.data : Buffer.alloc(0));
    } else if (step.kind === "need-scram") {
      step = await lookup(server, step.login, stored);
    } else if (step.kind === "verify-password") {
      const right = step.login === stored.user && step.password === stored.password;
      return { server: right ? "accepted" : "rejected", clientSure: client.finished() };
    } else {
      if (step.kind === "accepted" && step.finalData) assert.equal(client.step(step.finalData).kind, "done");
      return { server: step.kind, clientSure: client.finished() };
    }
  }
}

async function lookup(server: ServerExchange, login: string, stored: { user: string; password: string }) {
  const credentials = await deriveScramVerifier(stored.password, salt, 4096);
  return login === stored.user
    ? server.provide({ kind: "found", account: login, credentials })
    : server.provide({ kind: "decoy", credentials });
}

const mechanisms: readonly ClientMechanism[] = ["PLAIN", "LOGIN", "SCRAM-SHA-256"];
const nonce = () => "the-clients-nonce,".slice(0, -1);
// Anything that a login may be: no control characters, and unchanged by preparation.
const word = fc.stringMatching(/^[!-~äßЖ中]{1,24}$/u);

for (const mechanism of mechanisms) {
  describe(`${mechanism}, our client against our server`, () => {
    it("logs in with the right password, and the client is sure of it", async () => {
      await fc.assert(
        fc.asyncProperty(word, word, async (user, password) => {
          const client = clientExchange(mechanism, { user, password, nonce });
          assert.deepEqual(await talk(mechanism, { user, password }, client), {
            server: "accepted",
            clientSure: true,
          });
        }),
        { numRuns: 40 },
      );
    });

    it("does not log in with a wrong password or another name", async () => {
      await fc.assert(
        fc.asyncProperty(word, word, word, async (user, password, other) => {
          fc.pre(other !== password && other !== user);
          for (const login of [
            { user, password: other },
            { user: other, password },
          ]) {
            const client = clientExchange(mechanism, { ...login, nonce });
            assert.equal((await talk(mechanism, { user, password }, client)).server, "rejected");
          }
        }),
        { numRuns: 20 },
      );
    });
  });
}

describe("PLAIN and LOGIN as a client", () => {
  const login = { user: "alice", password: "pw", nonce };

  it("answer an empty challenge with the message, where a server asks for it", () => {
    const client = clientExchange("PLAIN", login);
    assert.deepEqual(client.step(Buffer.alloc(0)), { kind: "send", data: Buffer.from("\0alice\0pw") });
    assert.equal(client.step(Buffer.from("what?")).kind, "failed");
  });

  it("never send a name or password that holds a NUL as PLAIN", () => {
    const client = clientExchange("PLAIN", { ...login, password: "p\0w" });
    assert.equal(client.initial(), undefined);
    assert.equal(client.step(Buffer.alloc(0)).kind, "failed");
    assert.equal(client.finished(), false);
  });

  it("give the password to the second challenge only, and nothing to a third", () => {
    const client = clientExchange("LOGIN", login);
    assert.equal(client.initial(), undefined);
    assert.deepEqual(client.step(Buffer.from("User Name\0")), { kind: "send", data: Buffer.from("alice") });
    assert.equal(client.finished(), false);
    assert.deepEqual(client.step(Buffer.from("Password\0")), { kind: "send", data: Buffer.from("pw") });
    assert.equal(client.step(Buffer.from("again?")).kind, "failed");
  });
});

describe("SCRAM-SHA-256 as a client", () => {
  // RFC 7677 3.
  const login = { user: "user", password: "pencil", nonce: () => "rOprNGfwEbeRWgbNEkqO" };
  const serverFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const serverFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

  it("runs the example of RFC 7677 3", () => {
    const client = clientExchange("SCRAM-SHA-256", login);
    assert.equal(client.initial()?.toString(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const answer = client.step(Buffer.from(serverFirst));
    assert.equal(
      answer.kind === "send" && answer.data.toString(),
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    );
    assert.equal(client.finished(), false);
    assert.deepEqual(client.step(Buffer.from(serverFinal)), { kind: "done" });
    assert.equal(client.finished(), true);
  });

  it("escapes a name with comma and equals sign, so that it ends nothing early", () => {
    const client = clientExchange("SCRAM-SHA-256", { ...login, user: "a=2C,b" });
    assert.equal(client.initial()?.toString(), "n,,n=a=3D2C=2Cb,r=rOprNGfwEbeRWgbNEkqO");
  });

  it("repeats its opening to a server that did not take it with the command", () => {
    const client = clientExchange("SCRAM-SHA-256", login);
    assert.deepEqual(client.step(Buffer.alloc(0)), { kind: "send", data: client.initial() });
  });

  it("is not finished, and fails, where the server does not know the password", () => {
    for (const final of [`v=${"A".repeat(43)}=`, "e=invalid-proof", "v=", "", "v=AAAA"]) {
      const client = clientExchange("SCRAM-SHA-256", login);
      client.step(Buffer.from(serverFirst));
      assert.equal(client.step(Buffer.from(final)).kind, "failed", final);
      assert.equal(client.finished(), false);
    }
  });

  it("does not go along with a challenge that is weak, endless, replayed or malformed", () => {
    for (const [from, to] of [
      ["i=4096", "i=4095"],
      ["i=4096", "i=250001"],
      ["i=4096", "i=04096"],
      ["r=rOpr", "r=sOpr"],
      ["%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", ""],
      ["s=W22ZaJ0SNY7soEsUEjb6gQ==", "s="],
      ["r=", "m=x,r="],
      ["i=4096", "i=4096,nonsense"],
    ] as const) {
      const client = clientExchange("SCRAM-SHA-256", login);
      assert.equal(client.step(Buffer.from(serverFirst.replace(from, to))).kind, "failed", to);
    }
  });

  it("says why a password cannot be used, without saying the password", () => {
    const client = clientExchange("SCRAM-SHA-256", { ...login, password: "pen\u0007cil" });
    assert.equal(client.initial(), undefined);
    const step = client.step(Buffer.alloc(0));
    assert.ok(step.kind === "failed" && /control character/.test(step.detail) && !/cil/.test(step.detail));
  });
});
