import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { instant, plusMs } from "../../core/instant.ts";
import type { Account, Credentials } from "../../ports/directory.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { clientExchange } from "../../protocol/sasl/client-mechanism.ts";
import { startExchange } from "../../protocol/sasl/server-mechanism.ts";
import { type IntegratedAuthenticatorOptions, integratedAuthenticator } from "./integrated-authenticator.ts";
import { hashPassword } from "./password-hash.ts";

let credentials: Credentials;
let others: Credentials;
before(async () => {
  [credentials, others] = await Promise.all([hashPassword("p\u00e4ncil"), hashPassword("eraser")]);
});

const alice = "alice@example.test";

function setUp(options: Partial<IntegratedAuthenticatorOptions> = {}) {
  const accounts = new Map<string, Account>();
  const add = (key: string, own?: Credentials, suspended = false) =>
    accounts.set(key, { key, postoffice: "acme", suspended, ...(own ? { credentials: own } : {}) });
  add(alice, credentials);
  add("carol@xn--bcher-kva.example", credentials);
  add("new@example.test");
  add("held@example.test", credentials, true);
  let now = instant(1_000_000);
  const asked: string[] = [];
  const directory = {
    account: async (login: string) => {
      asked.push(login);
      return accounts.get(login);
    },
  };
  const authenticator = integratedAuthenticator({ directory, clock: () => now, ...options });
  const pass = (ms: number) => {
    now = plusMs(now, ms);
  };
  return { ...authenticator, add, asked, pass };
}

/** A gate for one hash and no line: a second login that needs a hash is turned away. */
const one = { maxConcurrentHashes: 1, maxWaitingLogins: 0 };

describe("verify", () => {
  it("accepts the right password, whatever the case of the name, and names the account", async () => {
    const { verify } = setUp();
    assert.deepEqual(await verify(alice, "p\u00e4ncil"), { kind: "accepted", account: alice });
    assert.deepEqual(await verify("Alice@EXAMPLE.test", "p\u00e4ncil"), { kind: "accepted", account: alice });
    assert.deepEqual(await verify("carol@B\u00fccher.example", "p\u00e4ncil"), {
      kind: "accepted",
      account: "carol@xn--bcher-kva.example",
    });
  });

  it("takes the password however its accents are composed", async () => {
    assert.equal((await setUp().verify(alice, "pa\u0308ncil")).kind, "accepted");
  });

  it("rejects a wrong password, an unknown name and an account without password", async () => {
    const { verify } = setUp();
    assert.deepEqual(await verify(alice, "P\u00e4ncil"), { kind: "rejected" });
    assert.deepEqual(await verify("nobody@example.test", "p\u00e4ncil"), { kind: "rejected" });
    assert.deepEqual(await verify("new@example.test", "p\u00e4ncil"), { kind: "rejected" });
    assert.deepEqual(await verify("", "p\u00e4ncil"), { kind: "rejected" });
  });

  it("rejects an empty or overlong password and an overlong name without asking anybody", async () => {
    const { verify, asked } = setUp();
    assert.deepEqual(await verify(alice, ""), { kind: "rejected" });
    assert.deepEqual(await verify(alice, "\u00ad"), { kind: "rejected" });
    assert.deepEqual(await verify(alice, "\u00e4".repeat(513)), { kind: "rejected" });
    assert.deepEqual(await verify(`${"a".repeat(320)}@example.test`, "p\u00e4ncil"), { kind: "rejected" });
    assert.deepEqual(asked, []);
  });

  it("lets a suspended account log in", async () => {
    assert.equal((await setUp().verify("held@example.test", "p\u00e4ncil")).kind, "accepted");
  });

  it("is unavailable where the directory is, or the stored hash cannot be read", async () => {
    const directory = { account: () => Promise.reject(new StoreUnavailable("database is locked")) };
    const down = setUp({ directory });
    assert.deepEqual(await down.verify(alice, "pw"), { kind: "unavailable", detail: "database is locked" });
    const broken = setUp();
    broken.add(alice, { ...credentials, argon2id: "$argon2id$broken" });
    const outcome = await broken.verify(alice, "p\u00e4ncil");
    assert.ok(outcome.kind === "unavailable" && /stored password hash/.test(outcome.detail));
  });
});

describe("the bound on hashes", () => {
  it("turns away what is more than may run and wait, for unknown names as for known ones", async () => {
    const { verify } = setUp({ maxConcurrentHashes: 1, maxWaitingLogins: 1 });
    const outcomes = await Promise.all([
      verify(alice, "wrong 1"),
      verify("nobody@example.test", "wrong 2"),
      verify(alice, "wrong 3"),
      verify("nobody@example.test", "wrong 4"),
    ]);
    const tooMany = { kind: "unavailable", detail: "too many logins at once" };
    assert.deepEqual(outcomes, [{ kind: "rejected" }, { kind: "rejected" }, tooMany, tooMany]);
    assert.equal((await verify(alice, "p\u00e4ncil")).kind, "accepted");
  });

  it("does not count a crowd with one and the same login more than once", async () => {
    const { verify } = setUp(one);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => verify(alice, "p\u00e4ncil")));
    assert.ok(outcomes.every((outcome) => outcome.kind === "accepted"));
  });
});

describe("the memory of good logins", () => {
  /** Whether the login is answered while the only place for a hash is taken: then it needed none. */
  async function needsNoHash({ verify }: ReturnType<typeof setUp>, password: string): Promise<boolean> {
    const [, outcome] = await Promise.all([verify("nobody@example.test", "busy"), verify(alice, password)]);
    return outcome.kind === "accepted";
  }

  it("saves the hash for five minutes after it was made, and not longer for being used", async () => {
    const server = setUp(one);
    assert.equal(await needsNoHash(server, "p\u00e4ncil"), false);
    await server.verify(alice, "p\u00e4ncil");
    assert.equal(await needsNoHash(server, "p\u00e4ncil"), true);
    server.pass(299_999);
    assert.equal(await needsNoHash(server, "p\u00e4ncil"), true);
    server.pass(1);
    assert.equal(await needsNoHash(server, "p\u00e4ncil"), false);
  });

  it("never saves one for a wrong password", async () => {
    const server = setUp(one);
    await server.verify(alice, "p\u00e4ncil");
    await server.verify(alice, "wrong");
    assert.equal(await needsNoHash(server, "wrong"), false);
  });

  it("ends with the password: after a change the old one is wrong at once", async () => {
    const { verify, add } = setUp();
    assert.equal((await verify(alice, "p\u00e4ncil")).kind, "accepted");
    add(alice, others);
    assert.equal((await verify(alice, "p\u00e4ncil")).kind, "rejected");
    assert.equal((await verify(alice, "eraser")).kind, "accepted");
  });

  it("ends with the account", async () => {
    const { verify, add } = setUp();
    await verify(alice, "p\u00e4ncil");
    add(alice);
    assert.equal((await verify(alice, "p\u00e4ncil")).kind, "rejected");
  });
});

describe("scramCredentials", () => {
  it("gives what is stored, whatever the case of the name", async () => {
    const lookup = await setUp().scramCredentials("ALICE@example.test");
    assert.deepEqual(lookup, { kind: "found", account: alice, credentials: credentials.scramSha256 });
  });

  it("makes up the same credentials each time for a name that has none, whatever its case", async () => {
    const { scramCredentials } = setUp();
    const lookup = await scramCredentials("nobody@example.test");
    assert.equal(lookup?.kind, "decoy");
    assert.deepEqual(await scramCredentials("NOBODY@example.test"), lookup);
    assert.equal((await scramCredentials("new@example.test"))?.kind, "decoy");
    assert.notDeepEqual(await setUp().scramCredentials("nobody@example.test"), lookup);
  });

  it("is unavailable where the directory is", async () => {
    const directory = { account: () => Promise.reject(new StoreUnavailable("database is locked")) };
    assert.deepEqual(await setUp({ directory }).scramCredentials(alice), {
      kind: "unavailable",
      detail: "database is locked",
    });
  });

  it("logs in a client that knows the password", async () => {
    const client = clientExchange("SCRAM-SHA-256", {
      user: alice,
      password: "pa\u0308ncil",
      nonce: () => "client",
    });
    const server = startExchange("SCRAM-SHA-256", { nonce: () => "server" });
    assert.equal(server.step(client.initial() ?? Buffer.alloc(0)).kind, "need-scram");
    const lookup = await setUp().scramCredentials(alice);
    assert.ok(lookup && lookup.kind !== "unavailable");
    const challenge = server.provide(lookup);
    assert.ok(challenge.kind === "challenge");
    const answer = client.step(challenge.data);
    assert.ok(answer.kind === "send");
    const end = server.step(answer.data);
    assert.ok(end.kind === "accepted" && end.account === alice && end.finalData);
    assert.equal(client.step(end.finalData).kind, "done");
  });
});
