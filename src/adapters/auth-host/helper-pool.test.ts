import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostAnswer, HostQuestion } from "../../ports/host-accounts.ts";
import { type Helper, helperPool } from "./helper-pool.ts";

const RIGHT: HostAnswer = { kind: "right" };
const question: HostQuestion = { user: "ann", mailbox: "ann@acme.test", password: "secret" };

/** A pool of helpers that answer when the test says so, with deadlines that pass when the test says so. */
function pool() {
  const helpers: { answers: PromiseWithResolvers<HostAnswer>[]; killed: boolean }[] = [];
  const deadlines: (() => void)[] = [];
  const start = (): Helper => {
    const made = { answers: [] as PromiseWithResolvers<HostAnswer>[], killed: false };
    helpers.push(made);
    return {
      ask() {
        const answer = Promise.withResolvers<HostAnswer>();
        made.answers.push(answer);
        return answer.promise;
      },
      kill() {
        made.killed = true;
      },
    };
  };
  const timers = {
    set(_afterMs: number, then: () => void) {
      deadlines.push(then);
      return () => {};
    },
  };
  const accounts = helperPool({ start, timers, maxHelpers: 1, maxWaiting: 1, deadlineMs: 100 });
  return { accounts, helpers, deadlines };
}

test("a helper that has answered takes the question that waited", async () => {
  const { accounts, helpers } = pool();
  const first = accounts.check(question);
  const second = accounts.check(question);
  helpers[0]?.answers[0]?.resolve(RIGHT);
  assert.deepEqual(await first, RIGHT);
  helpers[0]?.answers[1]?.resolve({ kind: "wrong" });
  assert.deepEqual(await second, { kind: "wrong" });
  assert.equal(helpers.length, 1);
});

test("a question that finds the line full is not answered", async () => {
  const { accounts } = pool();
  void accounts.check(question);
  void accounts.check(question);
  assert.equal((await accounts.check(question)).kind, "unavailable");
});

test("a helper that is late is killed, and another takes its place", async () => {
  const { accounts, helpers, deadlines } = pool();
  const stuck = accounts.check(question);
  const next = accounts.check(question);
  deadlines[0]?.();
  assert.deepEqual(await stuck, { kind: "unavailable", detail: "no answer within 100 ms" });
  assert.equal(helpers[0]?.killed, true);
  helpers[1]?.answers[0]?.resolve(RIGHT);
  assert.deepEqual(await next, RIGHT);
  // The answer of the one that was given up comes to nobody.
  helpers[0]?.answers[0]?.resolve(RIGHT);
});

test("a helper that ends without an answer is no refusal", async () => {
  const { accounts, helpers } = pool();
  const asked = accounts.check(question);
  helpers[0]?.answers[0]?.reject(new Error("the helper ended with SIGSEGV"));
  assert.deepEqual(await asked, { kind: "unavailable", detail: "the helper ended with SIGSEGV" });
});

test("a pool that is closed kills its helpers and answers nobody", async () => {
  const { accounts, helpers } = pool();
  const under = accounts.check(question);
  const waiting = accounts.check(question);
  accounts.close();
  assert.equal((await waiting).kind, "unavailable");
  assert.equal(helpers[0]?.killed, true);
  helpers[0]?.answers[0]?.reject(new Error("killed"));
  assert.equal((await under).kind, "unavailable");
  assert.equal((await accounts.check(question)).kind, "unavailable");
});
