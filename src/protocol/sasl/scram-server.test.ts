import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { before, describe, it } from "node:test";
import {
  clientKey,
  deriveScramVerifier,
  hmac,
  type ScramVerifier,
  sha256,
  xor,
} from "./scram-credentials.ts";
import type { ExchangeOptions } from "./scram-exchange.ts";
import {
  type SaslStep,
  type ServerExchange,
  type ServerMechanism,
  startExchange,
} from "./server-mechanism.ts";

// RFC 7677 3: the example exchange, user "user", password "pencil".
const RFC7677 = {
  salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
  clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
  serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  clientFinal:
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
} as const;

let pencil: ScramVerifier;
before(async () => {
  pencil = await deriveScramVerifier("pencil", Buffer.from(RFC7677.salt, "base64"), 4096);
});

const options: ExchangeOptions = { nonce: () => RFC7677.serverNonce };

function begin(
  first: string,
  more: Partial<ExchangeOptions> = {},
  mechanism: ServerMechanism = "SCRAM-SHA-256",
) {
  const exchange = startExchange(mechanism, { ...options, ...more });
  return { exchange, step: exchange.step(Buffer.from(first)) };
}

function found(exchange: ServerExchange): SaslStep {
  return exchange.provide({ kind: "found", account: "user@example.test", credentials: pencil });
}

/** The client-final-message of somebody who knows the password and saw this channel. */
function closing(
  password: string,
  bare: string,
  serverFirst: string,
  binding: Buffer,
  nonce = serverFirst.slice("r=".length, serverFirst.indexOf(",")),
): string {
  const withoutProof = `c=${binding.toString("base64")},r=${nonce}`;
  const salted = pbkdf2Sync(password, pencil.salt, pencil.iterations, 32, "sha256");
  const key = clientKey(salted);
  const proof = xor(key, hmac(sha256(key), `${bare},${serverFirst},${withoutProof}`));
  return `${withoutProof},p=${proof.toString("base64")}`;
}

describe("SCRAM-SHA-256", () => {
  it("runs the example of RFC 7677 3", () => {
    const { exchange, step } = begin(RFC7677.clientFirst);
    assert.deepEqual(step, { kind: "need-scram", login: "user" });
    assert.deepEqual(found(exchange), { kind: "challenge", data: Buffer.from(RFC7677.serverFirst) });
    assert.deepEqual(exchange.step(Buffer.from(RFC7677.clientFinal)), {
      kind: "accepted",
      account: "user@example.test",
      finalData: Buffer.from(RFC7677.serverFinal),
    });
    assert.equal(exchange.step(Buffer.from(RFC7677.clientFinal)).kind, "malformed");
  });

  it("fails a decoy with the same challenge, even where the proof is right", () => {
    const { exchange } = begin(RFC7677.clientFirst);
    const challenge = exchange.provide({ kind: "decoy", credentials: pencil });
    assert.deepEqual(challenge, { kind: "challenge", data: Buffer.from(RFC7677.serverFirst) });
    assert.deepEqual(exchange.step(Buffer.from(RFC7677.clientFinal)), { kind: "rejected" });
  });

  it("rejects a proof of which one bit is wrong", () => {
    const { exchange } = begin(RFC7677.clientFirst);
    found(exchange);
    const wrong = RFC7677.clientFinal.replace("p=dHz", "p=eHz");
    assert.deepEqual(exchange.step(Buffer.from(wrong)), { kind: "rejected" });
  });

  it("rejects stored credentials of the wrong size rather than comparing a part", () => {
    const { exchange } = begin(RFC7677.clientFirst);
    const credentials = { ...pencil, storedKey: pencil.storedKey.slice(0, 0) };
    exchange.provide({ kind: "found", account: "user", credentials });
    assert.deepEqual(exchange.step(Buffer.from(RFC7677.clientFinal)), { kind: "rejected" });
  });

  it("rejects a nonce that is not the one it gave, and a gs2 header that is not the one it got", () => {
    for (const [from, to] of [
      ["%hvY", "%hvX"],
      ["c=biws", "c=eSws"],
    ] as const) {
      const { exchange } = begin(RFC7677.clientFirst);
      found(exchange);
      assert.deepEqual(exchange.step(Buffer.from(RFC7677.clientFinal.replace(from, to))), {
        kind: "rejected",
      });
    }
  });

  it("rejects another nonce even where the proof was made over it", () => {
    for (const nonce of ["rOprNGfwEbeRWgbNEkqO", "other", ""]) {
      const { exchange } = begin(RFC7677.clientFirst);
      found(exchange);
      const serverFirst = RFC7677.serverFirst;
      const final = closing(
        "pencil",
        "n=user,r=rOprNGfwEbeRWgbNEkqO",
        serverFirst,
        Buffer.from("n,,"),
        nonce,
      );
      assert.deepEqual(exchange.step(Buffer.from(final)), { kind: "rejected" });
    }
  });

  it("reads a name with comma and equals sign, and refuses an escape that is none", () => {
    const named = begin("n,,n=a=2Cb=3Dc,r=x").step;
    assert.equal(named.kind === "need-scram" && named.login, "a,b=c");
    assert.equal(begin("n,,n=a=2Db,r=x").step.kind, "malformed");
    assert.equal(begin("n,,n=a=,r=x").step.kind, "malformed");
  });

  it("takes an authorization identity that is the name itself, and rejects any other", () => {
    assert.equal(begin("n,a=user,n=user,r=x").step.kind, "need-scram");
    assert.equal(begin("n,a=root,n=user,r=x").step.kind, "rejected");
  });

  it("refuses a mandatory extension and passes over an optional one", () => {
    assert.equal(begin("n,,m=x,n=user,r=x").step.kind, "malformed");
    assert.equal(begin("n,,n=user,r=x,t=9").step.kind, "need-scram");
    assert.equal(begin("n,,n=user,r=x,nonsense").step.kind, "malformed");
  });

  it("refuses openings that are not of its form", () => {
    for (const text of [
      "",
      "n",
      "n,,",
      "n,,n=user",
      "n,,r=x,n=user",
      "x,,n=user,r=x",
      "n,,n=user,r=",
      "n,,n=user,r=a b",
    ]) {
      assert.equal(begin(text).step.kind, "malformed", text);
    }
    assert.equal(begin(`n,,n=user,r=x,a=${"x".repeat(4096)}`).step.kind, "malformed");
    assert.equal(begin("n,,n=us\0er,r=x").step.kind, "malformed");
    assert.equal(begin("n,,n=,r=x").step.kind, "rejected");
  });

  it("refuses closings that are not of its form", () => {
    const nonce = `r=rOprNGfwEbeRWgbNEkqO${RFC7677.serverNonce}`;
    for (const text of [
      "",
      `c=biws,${nonce}`,
      `c=biws,${nonce},p=`,
      `c=biws,${nonce},p=AAAA`,
      `c=b!ws,${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
      `${nonce},c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    ]) {
      const { exchange } = begin(RFC7677.clientFirst);
      found(exchange);
      assert.equal(exchange.step(Buffer.from(text)).kind, "malformed", text);
    }
  });

  it("refuses a proof before the credentials are there", () => {
    const { exchange } = begin(RFC7677.clientFirst);
    assert.equal(exchange.step(Buffer.from(RFC7677.clientFinal)).kind, "malformed");
    assert.equal(found(exchange).kind, "malformed");
  });
});

describe("channel binding", () => {
  const channelBinding = { "tls-exporter": Buffer.alloc(32, 7), "tls-server-end-point": Buffer.alloc(32, 9) };

  it("believes a client that could bind only where binding was not offered", () => {
    assert.equal(begin("y,,n=user,r=x").step.kind, "need-scram");
    assert.equal(begin("y,,n=user,r=x", { plusOffered: true }).step.kind, "rejected");
    assert.equal(begin("n,,n=user,r=x", { plusOffered: true }).step.kind, "need-scram");
  });

  it("needs the PLUS mechanism, and PLUS needs it", () => {
    assert.equal(begin("p=tls-exporter,,n=user,r=x", { channelBinding }).step.kind, "malformed");
    for (const flag of ["n", "y"]) {
      assert.equal(
        begin(`${flag},,n=user,r=x`, { channelBinding }, "SCRAM-SHA-256-PLUS").step.kind,
        "malformed",
      );
    }
  });

  it("refuses a kind of binding that it does not know or has no data for", () => {
    assert.equal(
      begin("p=tls-unique,,n=user,r=x", { channelBinding }, "SCRAM-SHA-256-PLUS").step.kind,
      "malformed",
    );
    assert.equal(begin("p=tls-exporter,,n=user,r=x", {}, "SCRAM-SHA-256-PLUS").step.kind, "malformed");
  });

  for (const type of ["tls-exporter", "tls-server-end-point"] as const) {
    it(`accepts a proof over the ${type} data of this connection and rejects one over another's`, () => {
      for (const [data, expected] of [
        [channelBinding[type], "accepted"],
        [Buffer.alloc(32, 1), "rejected"],
        [Buffer.alloc(0), "rejected"],
      ] as const) {
        const header = `p=${type},,`;
        const { exchange } = begin(`${header}n=user,r=abc`, { channelBinding }, "SCRAM-SHA-256-PLUS");
        const challenge = found(exchange);
        assert.ok(challenge.kind === "challenge");
        const binding = Buffer.concat([Buffer.from(header), data]);
        const final = closing("pencil", "n=user,r=abc", challenge.data.toString(), binding);
        assert.equal(exchange.step(Buffer.from(final)).kind, expected);
      }
    });
  }
});
