import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { instant, plusMs } from "../../core/instant.ts";
import { parseIp } from "../../core/ip-address.ts";
import type { AppPassword } from "../../ports/app-password-store.ts";
import type { Authenticator, LoginOrigin, ScramLookup } from "../../ports/authenticator.ts";
import type { Account } from "../../ports/directory.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { appPasswordAuthenticator } from "./app-password-authenticator.ts";
import { appPasswordHash, hashedAppPassword } from "./app-password-secret.ts";

const NOON = instant(Date.UTC(2026, 10, 24, 12));
const ALICE = "alice@example.test";
const ACCEPTED = { kind: "accepted", account: ALICE };
const SECRET = "scanner-eeeeeee-aaaaaaa-bbbbbbb";

const SCRAM: ScramLookup = {
  kind: "found",
  account: ALICE,
  credentials: {
    salt: new Uint8Array(16),
    iterations: 4096,
    storedKey: new Uint8Array(32),
    serverKey: new Uint8Array(32),
  },
};

function from(client: string, protocol: LoginOrigin["protocol"] = "smtp"): LoginOrigin {
  const ip = parseIp(client);
  assert.ok(ip);
  return { client: ip, protocol };
}

/** Alice with the main password `main` and one app password, {@link SECRET}. */
function setUp(
  password: Partial<AppPassword> = {},
  own: { consoleOnly?: boolean; storeIsDown?: boolean } = {},
) {
  const kept: AppPassword = {
    account: ALICE,
    name: "scanner",
    scopes: ["smtp", "pop"],
    ranges: [],
    createdAt: NOON,
    ...password,
  };
  const asked: string[] = [];
  const noted: number[] = [];
  const accounts = new Map<string, Account>([[ALICE, { key: ALICE, postoffice: "acme", suspended: false }]]);
  const main: Authenticator = {
    offersScram: () => true,
    verify: async (login, given) => {
      asked.push(given);
      return given === "main" ? { kind: "accepted", account: login } : { kind: "rejected" };
    },
    scramCredentials: async () => SCRAM,
  };
  const down = () => Promise.reject(new StoreUnavailable("database is locked"));
  const quiet = () => {};
  const authenticator = appPasswordAuthenticator({
    main,
    store: {
      find: own.storeIsDown
        ? down
        : async (account, hash) => (account === ALICE && hash === appPasswordHash(SECRET) ? kept : undefined),
      noteUse: async (_account, _name, day) => void noted.push(day),
      mainPasswordUse: own.storeIsDown ? down : async () => (own.consoleOnly ? "console-only" : "everywhere"),
    },
    directory: { account: async (key) => accounts.get(key) },
    clock: () => NOON,
    log: { info: quiet, warn: quiet, error: quiet },
  });
  const verify = (given: string, origin = from("192.0.2.7"), login = ALICE) =>
    authenticator.verify(login, given, origin);
  return { authenticator, verify, asked, noted, accounts };
}

describe("app passwords", () => {
  it("are taken beside the main one, without asking the method in force", async () => {
    const { verify, asked } = setUp();
    assert.deepEqual(await verify(SECRET), ACCEPTED);
    assert.deepEqual(
      await verify(SECRET.toUpperCase().replaceAll("-", " "), undefined, "Alice@EXAMPLE.test"),
      ACCEPTED,
    );
    assert.deepEqual(asked, []);
    assert.deepEqual(await verify("main"), ACCEPTED);
  });

  it("are for their own mailbox, while there is one", async () => {
    const { verify, asked, accounts } = setUp();
    assert.deepEqual(await verify(SECRET, undefined, "bob@example.test"), { kind: "rejected" });
    accounts.delete(ALICE);
    assert.deepEqual(await verify(SECRET), { kind: "rejected" });
    assert.deepEqual(asked, [SECRET, SECRET], "a wrong one costs what a wrong main password costs");
  });

  const cases: readonly (readonly [string, Partial<AppPassword>, LoginOrigin, boolean])[] = [
    ["SMTP with a scope of SMTP", { scopes: ["smtp"] }, from("192.0.2.7"), true],
    ["POP with a scope of SMTP", { scopes: ["smtp"] }, from("192.0.2.7", "pop3"), false],
    ["POP with a scope of POP", { scopes: ["pop"] }, from("192.0.2.7", "pop3"), true],
    ["an address in a range", { ranges: ["198.51.100.1", "192.0.2.0/28"] }, from("192.0.2.7"), true],
    ["an address outside of the ranges", { ranges: ["192.0.2.0/28"] }, from("192.0.2.16"), false],
    ["IPv6 with ranges of IPv4", { ranges: ["0.0.0.0/0"] }, from("2001:db8::1"), false],
    ["a range that cannot be read", { ranges: ["nonsense"] }, from("192.0.2.7"), false],
    ["the moment before the expiry", { expiresAt: plusMs(NOON, 1) }, from("192.0.2.7"), true],
    ["the moment of the expiry", { expiresAt: NOON }, from("192.0.2.7"), false],
  ];
  for (const [what, password, origin, isTaken] of cases) {
    it(`are ${isTaken ? "taken" : "refused"} with ${what}`, async () => {
      const { verify, noted } = setUp(password);
      assert.equal((await verify(SECRET, origin)).kind, isTaken ? "accepted" : "rejected");
      assert.equal(noted.length, isTaken ? 1 : 0);
    });
  }

  it("note the day of their use once a day", async () => {
    const today = Math.floor(NOON / 86_400_000);
    const first = setUp({ lastUsedDay: today - 1 });
    await first.verify(SECRET);
    assert.deepEqual(first.noted, [today]);
    const again = setUp({ lastUsedDay: today });
    await again.verify(SECRET);
    assert.deepEqual(again.noted, []);
  });

  it("are all that is taken where the main password is for the console only", async () => {
    const { verify, asked, authenticator } = setUp({}, { consoleOnly: true });
    assert.deepEqual(await verify("main"), { kind: "rejected" });
    assert.deepEqual(asked, ["main"], "which takes the time of a login");
    assert.deepEqual(await verify(SECRET), ACCEPTED);
    assert.equal((await authenticator.scramCredentials(ALICE))?.kind, "decoy");
    assert.equal((await setUp().authenticator.scramCredentials(ALICE))?.kind, "found");
  });

  it("are unavailable where the store is, and the main password with them", async () => {
    const { verify, authenticator } = setUp({}, { storeIsDown: true });
    for (const given of [SECRET, "main"]) assert.equal((await verify(given)).kind, "unavailable");
    assert.equal((await authenticator.scramCredentials(ALICE))?.kind, "unavailable");
  });
});

describe("a new app password", () => {
  it("is four groups of seven, and is found by its hash", () => {
    const { password, hash } = hashedAppPassword();
    assert.match(password, /^[a-z2-7]{7}(-[a-z2-7]{7}){3}$/);
    assert.equal(appPasswordHash(password), hash);
    assert.notEqual(hashedAppPassword().password, password);
    assert.doesNotMatch(hash, new RegExp(password.slice(0, 7)));
  });

  it("is told from what cannot be one", () => {
    for (const text of [
      "",
      "main",
      `${SECRET}a`,
      SECRET.slice(1),
      SECRET.replace("a", "1"),
      " ".repeat(1000),
    ])
      assert.equal(appPasswordHash(text), undefined, text);
  });
});
