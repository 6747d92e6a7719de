import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { integratedAuthenticator } from "../adapters/auth-integrated/integrated-authenticator.ts";
import { hashPassword } from "../adapters/auth-integrated/password-hash.ts";
import { memoryGuessStore } from "../adapters/memory/memory-guess-store.ts";
import { instant } from "../core/instant.ts";
import { parseIp } from "../core/ip-address.ts";
import { MAX_GUESSES } from "../guessing/guesses.ts";
import { loginGuard } from "../guessing/login-guard.ts";
import type { Authenticator } from "../ports/authenticator.ts";
import type { Account, Credentials } from "../ports/directory.ts";
import { clientExchange } from "../protocol/sasl/client-mechanism.ts";
import { beginLogin, checkPassword, continueLogin, type LoginSource, type LoginStep } from "./login.ts";

const ALICE = "alice@example.test";
const HOME = "192.0.2.7";

let credentials: Credentials;
before(async () => {
  credentials = await hashPassword("pencil");
});

/** Logins with the integrated method, behind a guard whose delays pass at once. */
async function setUp() {
  const clock = () => instant(Date.UTC(2026, 10, 24));
  const accounts = new Map<string, Account>();
  for (const key of [ALICE, "bob@example.test"])
    accounts.set(key, { key, postoffice: "acme", suspended: false, credentials });
  const integrated = integratedAuthenticator({
    directory: { account: async (login) => accounts.get(login) },
    clock,
  });
  let verified = 0;
  const authenticator: Authenticator = {
    ...integrated,
    verify: (login, password) => {
      verified += 1;
      return integrated.verify(login, password);
    },
  };
  const quiet = () => {};
  const guard = await loginGuard({
    store: memoryGuessStore(),
    clock,
    timers: {
      set: (_, then) => {
        queueMicrotask(then);
        return quiet;
      },
    },
    log: { info: quiet, warn: quiet, error: quiet },
  });
  const source = (from: string): LoginSource => {
    const client = parseIp(from);
    assert.ok(client);
    return { authenticator, guard, client, protocol: "smtp", tls: undefined, nonce: () => "server-nonce" };
  };
  return { source, verified: () => verified };
}

/** A login by SCRAM-SHA-256, as a client does it; `beforeProof` happens when the server waits for the proof. */
async function scram(
  source: LoginSource,
  password: string,
  beforeProof: () => Promise<unknown> = async () => {},
): Promise<LoginStep> {
  const client = clientExchange("SCRAM-SHA-256", { user: ALICE, password, nonce: () => "client-nonce" });
  let step = await beginLogin(source, "SCRAM-SHA-256", client.initial()?.toString("base64"));
  for (let turn = 0; step.kind === "challenge"; turn += 1) {
    const answer = client.step(step.data);
    assert.notEqual(answer.kind, "failed");
    if (turn === 0) await beforeProof();
    const data = answer.kind === "send" ? answer.data.toString("base64") : "";
    step = await continueLogin(source, step.exchange, data);
  }
  return step;
}

describe("logins behind the guard", () => {
  it("keep the owner on a known network, and everybody else, through 10,000 guesses from as many addresses", async () => {
    const { source, verified } = await setUp();
    assert.equal((await checkPassword(source(HOME), ALICE, "pencil")).kind, "accepted");
    const told = { rejected: 0, blocked: 0 };
    for (let i = 0; i < 10_000; i += 1) {
      const step = await checkPassword(source(`198.51.${i >> 8}.${i & 255}`), ALICE, `guess ${i}`);
      if (step.kind === "rejected" || step.kind === "blocked") told[step.kind] += 1;
    }
    assert.deepEqual(told, { rejected: MAX_GUESSES, blocked: 10_000 - MAX_GUESSES });
    // Of 10,000 guesses so few cost an argon2: nobody stands in line behind them.
    assert.equal(verified(), 1 + MAX_GUESSES);
    assert.equal((await checkPassword(source(HOME), ALICE, "pencil")).kind, "accepted");
    assert.equal((await checkPassword(source("203.0.113.1"), "bob@example.test", "pencil")).kind, "accepted");
  });

  it("count proofs of SCRAM together with passwords", async () => {
    const { source } = await setUp();
    assert.deepEqual(await scram(source(HOME), "pencil"), { kind: "accepted", account: ALICE });
    const other = source("192.0.2.8");
    for (let i = 0; i < MAX_GUESSES - 1; i += 1)
      assert.deepEqual(await scram(other, "wrong"), { kind: "rejected", login: ALICE });
    assert.equal((await checkPassword(other, ALICE, "wrong")).kind, "rejected");
    assert.deepEqual(await scram(other, "pencil"), { kind: "blocked", login: ALICE });
    assert.deepEqual(await scram(source(HOME), "pencil"), { kind: "accepted", account: ALICE });
  });

  it("do not show the server's proof to one who was blocked while it was made", async () => {
    const { source } = await setUp();
    const other = source("192.0.2.8");
    const guesses = () =>
      Promise.all(Array.from({ length: MAX_GUESSES }, (_, n) => checkPassword(other, ALICE, `${n}`)));
    assert.deepEqual(await scram(other, "pencil", guesses), { kind: "blocked", login: ALICE });
  });
});
