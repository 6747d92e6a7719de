import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashGate } from "./hash-gate.ts";

/** A job that ends when it is told to, and says when it began. */
function job() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { started: false };
  return {
    state,
    resolve,
    reject,
    run: () => {
      state.started = true;
      return promise;
    },
  };
}

describe("hashGate", () => {
  it("runs so many at once, lets so many wait, and turns the rest away", async () => {
    const gate = hashGate(2, 1);
    const jobs = [job(), job(), job(), job()];
    const results = jobs.map((each) => gate.run(each.run));
    assert.deepEqual(
      jobs.map((each) => each.state.started),
      [true, true, false, false],
    );
    assert.equal(results[3], undefined);
    jobs[1]?.resolve("second");
    assert.equal(await results[1], "second");
    jobs[2]?.resolve("third");
    assert.equal(await results[2], "third");
    jobs[0]?.resolve("first");
    assert.equal(await results[0], "first");
  });

  it("lets them in by turns", async () => {
    const gate = hashGate(1, 2);
    const order: string[] = [];
    const [first, second, third] = ["a", "b", "c"].map((name) =>
      gate.run(async () => {
        order.push(name);
      }),
    );
    await Promise.all([first, second, third]);
    assert.deepEqual(order, ["a", "b", "c"]);
  });

  it("gives the place on when a job fails", async () => {
    const gate = hashGate(1, 1);
    const failing = job();
    const failed = gate.run(failing.run);
    const next = gate.run(async () => "next");
    failing.reject(new Error("no memory"));
    await assert.rejects(failed ?? Promise.resolve(), /no memory/);
    assert.equal(await next, "next");
    assert.equal(await gate.run(async () => "again"), "again");
  });
});
