import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTime } from "../adapters/memory/manual-time.ts";
import { memoryGuessStore } from "../adapters/memory/memory-guess-store.ts";
import { parseIp } from "../core/ip-address.ts";
import type { LoginOutcome } from "../ports/authenticator.ts";
import type { GuessStore } from "../ports/guess-store.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import { MAX_GUESSES } from "./guesses.ts";
import { type LoginGuardOptions, loginGuard } from "./login-guard.ts";

const ALICE = "alice@example.test";
const HOME = "192.0.2.7";
const MINUTE = 60_000;

/** A guard with accounts whose password is `right`; every password that is looked at is counted. */
async function setUp(store: GuessStore = memoryGuessStore(), options: Partial<LoginGuardOptions> = {}) {
  const time = manualTime();
  const events: { event: string; [field: string]: unknown }[] = [];
  const write = (event: string, fields = {}) => void events.push({ event, ...fields });
  const log = { info: write, warn: write, error: write };
  const start = () => loginGuard({ store, clock: time.clock, timers: time.timers, log, ...options });
  const guard = await start();
  let looked = 0;

  function check(login: string, password: string): LoginOutcome {
    looked += 1;
    if (password === "down") return { kind: "unavailable", detail: "the back end is down" };
    return password === "right" ? { kind: "accepted", account: login } : { kind: "rejected" };
  }

  /** Logs in as a session does; a delay is sat out by turning the clock. Gives what the client is told. */
  async function logIn(from: string, login: string, password: string, by = guard): Promise<string> {
    const client = parseIp(from);
    assert.ok(client);
    const attempt = { client, login, password };
    const admission = by.admit(attempt);
    const admitted = await Promise.race([admission, settledSoon()]);
    if (admitted === "waits") time.advance(4000);
    if (!(await admission)) return "blocked";
    return (await by.settle(attempt, check(login, password))).kind;
  }

  async function guess(from: string, login: string, count: number, word = "guess"): Promise<string[]> {
    const told: string[] = [];
    for (let i = 0; i < count; i += 1) told.push(await logIn(from, login, `${word} ${i}`));
    return told;
  }
  return { guard, start, store, time, events, logIn, guess, looked: () => looked };
}

/** Resolves when everything that needs no clock has happened. */
async function settledSoon(): Promise<"waits"> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
  return "waits";
}

function address(n: number): string {
  return `198.${51 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

describe("the login guard", () => {
  it("blocks a network after so many different wrong passwords, whatever logins they were for", async () => {
    const { guess, logIn, looked, time } = await setUp();
    const half = MAX_GUESSES / 2;
    await guess(HOME, ALICE, half);
    await guess(HOME, "bob@example.test", half);
    const before = looked();
    assert.equal(await logIn(HOME, "carol@example.test", "right"), "blocked");
    assert.equal(looked(), before, "the password is not even looked at");
    assert.equal(await logIn("192.0.2.8", "carol@example.test", "right"), "accepted");
    time.advance(15 * MINUTE);
    assert.equal(await logIn(HOME, "carol@example.test", "right"), "accepted");
  });

  it("takes the /64 of an IPv6 address as one network", async () => {
    const { guess, logIn } = await setUp();
    for (let i = 0; i < MAX_GUESSES; i += 1) await guess(`2001:db8::${i + 1}`, `user${i}@example.test`, 1);
    assert.equal(await logIn("2001:db8::ffff", ALICE, "right"), "blocked");
    assert.equal(await logIn("2001:db8:0:1::1", ALICE, "right"), "accepted");
  });

  it("blocks a login that many networks guess on, in whatever spelling, whether there is such an account or not", async () => {
    for (const login of [ALICE, "nobody@example.test"]) {
      const { guess, logIn } = await setUp();
      for (let i = 0; i < MAX_GUESSES; i += 1)
        await guess(address(i), i % 2 ? login : login.toUpperCase(), 1, `${i}`);
      assert.equal(await logIn("203.0.113.1", login, "right"), "blocked");
    }
  });

  it("counts a repeated wrong password once, so an old password in a program blocks nobody", async () => {
    const { logIn } = await setUp();
    for (let i = 0; i < 1000; i += 1) assert.equal(await logIn(HOME, ALICE, "old"), "rejected");
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
  });

  it("never counts a back end that did not answer", async () => {
    const { logIn, guard } = await setUp();
    for (let i = 0; i < 100; i += 1) assert.equal(await logIn(HOME, ALICE, "down"), "unavailable");
    const client = parseIp(HOME);
    assert.ok(client);
    assert.equal(await guard.admit({ client, login: ALICE, password: "x" }), true);
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
  });

  it("delays an attempt after the third wrong one, the right password too", async () => {
    const { guess, guard, time } = await setUp();
    await guess(HOME, ALICE, 4);
    const client = parseIp(HOME);
    assert.ok(client);
    let admitted: boolean | undefined;
    void guard.admit({ client, login: ALICE, password: "right" }).then((answer) => {
      admitted = answer;
    });
    await settledSoon();
    assert.equal(time.pending(), 1);
    assert.equal(admitted, undefined);
    time.advance(1000);
    await settledSoon();
    assert.equal(admitted, true);
  });

  it("tells nothing more to attempts side by side than to as many in a row", async () => {
    const { guard } = await setUp();
    const client = parseIp(HOME);
    assert.ok(client);
    const attempts = Array.from({ length: 100 }, (_, i) => ({
      client,
      login: ALICE,
      password: `guess ${i}`,
    }));
    const admitted = await Promise.all(attempts.map((attempt) => guard.admit(attempt)));
    assert.ok(admitted.every(Boolean));
    const told: string[] = [];
    for (const [i, attempt] of attempts.entries()) {
      // The last of them was right.
      const outcome: LoginOutcome = i === 99 ? { kind: "accepted", account: ALICE } : { kind: "rejected" };
      told.push((await guard.settle(attempt, outcome)).kind);
    }
    assert.equal(told.filter((kind) => kind === "rejected").length, MAX_GUESSES);
    assert.equal(told.at(-1), "blocked");
  });

  it("lets the owner in from a known network while strangers guess, and nobody else waits for it", async () => {
    const { logIn, looked, time, events } = await setUp();
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
    const told = new Map<string, number>();
    for (let i = 0; i < 10_000; i += 1) {
      const kind = await logIn(address(i), ALICE, `guess ${i}`);
      told.set(kind, (told.get(kind) ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(told), { rejected: MAX_GUESSES, blocked: 10_000 - MAX_GUESSES });
    const before = { looked: looked(), now: time.clock() };
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
    assert.equal(await logIn("203.0.113.1", "bob@example.test", "right"), "accepted");
    assert.equal(looked(), before.looked + 2);
    assert.equal(time.clock(), before.now, "neither waited");
    assert.ok(events.some(({ event, login }) => event === "logins-blocked" && login === ALICE));
  });

  it("lets a known network in to its own login after neighbours have had the network blocked", async () => {
    const { logIn, guess } = await setUp();
    await logIn(HOME, ALICE, "right");
    await guess(HOME, "bob@example.test", MAX_GUESSES);
    assert.equal(await logIn(HOME, "bob@example.test", "right"), "blocked");
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
  });

  it("blocks a known network for its own login too when it guesses, and only there", async () => {
    const { logIn, guess } = await setUp();
    await logIn(HOME, ALICE, "right");
    await guess(HOME, ALICE, MAX_GUESSES);
    assert.equal(await logIn(HOME, ALICE, "right"), "blocked");
    assert.equal(await logIn(HOME, "bob@example.test", "right"), "accepted");
    assert.equal(await logIn("203.0.113.1", ALICE, "right"), "accepted");
  });

  it("knows blocks and known networks after a restart", async () => {
    const { logIn, guess, start } = await setUp();
    await logIn(HOME, ALICE, "right");
    for (let i = 0; i < MAX_GUESSES; i += 1) await guess(address(i), ALICE, 1, `${i}`);
    const restarted = await start();
    assert.equal(await logIn("203.0.113.1", ALICE, "right", restarted), "blocked");
    assert.equal(await logIn(HOME, ALICE, "right", restarted), "accepted");
  });

  it("forgets a network or a login on demand, with what they were blocked for together", async () => {
    const { logIn, guess, guard } = await setUp();
    await guess(HOME, ALICE, MAX_GUESSES);
    guard.forget({ network: HOME });
    assert.equal(await logIn(HOME, "bob@example.test", "right"), "accepted");
    assert.equal(await logIn("203.0.113.1", ALICE, "right"), "blocked");
    guard.forget({ login: ALICE });
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
    await guess(HOME, ALICE, MAX_GUESSES);
    assert.equal(await logIn(HOME, ALICE, "right"), "blocked");
    guard.forget({ login: ALICE });
    assert.equal(await logIn(HOME, ALICE, "right"), "accepted");
  });

  it("goes on without the store: nobody is known then, and blocks hold as long as the process", async () => {
    const fails = () => Promise.reject(new StoreUnavailable("database is locked"));
    const store = { ...memoryGuessStore(), putBlock: fails, noteGoodLogin: fails, isKnown: fails };
    const { logIn, guess, events } = await setUp(store);
    assert.equal(await logIn("203.0.113.1", ALICE, "right"), "accepted");
    await guess(HOME, ALICE, MAX_GUESSES);
    assert.equal(await logIn(HOME, ALICE, "right"), "blocked");
    assert.ok(events.some(({ event }) => event === "login-guard-store"));
  });

  it("watches so many subjects and no more: the one that was quiet longest makes room", async () => {
    const { logIn, guess } = await setUp(memoryGuessStore(), { maxEntries: 100 });
    await guess(HOME, "a@example.test", MAX_GUESSES - 1);
    for (let i = 0; i < 100; i += 1) await guess(address(i), `user${i}@example.test`, 1);
    assert.equal(await logIn(HOME, "b@example.test", "wrong"), "rejected");
    assert.equal(await logIn(HOME, "b@example.test", "right"), "accepted");
  });

  it("writes no password anywhere", async () => {
    const { guess, events, store, time } = await setUp();
    await guess(HOME, ALICE, MAX_GUESSES, "hunter2");
    assert.doesNotMatch(JSON.stringify([events, await store.blocks(time.clock())]), /hunter2/);
  });
});
