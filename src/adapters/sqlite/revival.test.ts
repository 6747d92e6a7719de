import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { NOON, queueId, sampleMessage } from "../../ports/contract/sample-message.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { openStore } from "./open-store.ts";
import { sqliteQueueStore } from "./queue-store.ts";
import { StoreClient } from "./store-client.ts";

/** A store with two clients, and the thread that it has started. */
async function openTwo(t: TestContext) {
  const folder = await tempDir();
  const path = join(folder.path, "postern.db");
  const events: string[] = [];
  const revived = Promise.withResolvers<void>();
  const started = once(process, "worker");
  const store = await openStore({
    path,
    onDown: (error) => events.push(error.message),
    onRevived() {
      events.push("revived");
      revived.resolve();
    },
    onFailure: () => events.push("failed"),
  });
  const [thread]: Worker[] = await started;
  const second = new StoreClient({ path });
  const leave = store.connect((port, state) => second.attach(port, state));
  t.after(async () => {
    leave();
    await second.close();
    await store.close();
    await folder.remove();
  });
  return { store, second, thread: thread as Worker, events, revived: revived.promise };
}

test("a store thread that is killed is started again, for every client", async (t) => {
  const { store, second, thread, events, revived } = await openTwo(t);
  const [queue, other] = [sqliteQueueStore(store), sqliteQueueStore(second)];
  await Promise.all([queue.accept(sampleMessage(1)), other.accept(sampleMessage(2))]);
  const waiting = Promise.allSettled([queue.accept(sampleMessage(3)), other.accept(sampleMessage(4))]);
  await thread.terminate();
  for (const one of await waiting) {
    assert.ok(one.status === "rejected" && one.reason instanceof StoreUnavailable);
    assert.ok(one.reason.mayBeKept, "nobody knows");
  }
  await assert.rejects(other.accept(sampleMessage(5)), StoreUnavailable);
  assert.ok(await queue.show(queueId(10)), "reading goes on");
  for (const { failure } of [store.state(), second.state()]) assert.match(failure ?? "", /store thread/);
  await revived;
  assert.deepEqual(events, ["The store thread ended by itself (exit code 1).", "revived"]);
  await Promise.all([queue.accept(sampleMessage(6)), other.accept(sampleMessage(7))]);
  assert.equal(store.state().failure, undefined);
  assert.equal(second.state().failure, undefined);
});

test("rows whose claim was lost with the thread are claimed again after the leases were given back", async (t) => {
  const { store, thread, revived } = await openTwo(t);
  const queue = sqliteQueueStore(store);
  await queue.accept(sampleMessage(1));
  const request = { lane: "outbound", now: NOON, leaseMs: 60_000, limit: 10 } as const;
  const claimed = await queue.claim(request);
  await thread.terminate();
  await revived;
  assert.deepEqual(await queue.claim(request), []);
  await queue.releaseLeases();
  assert.deepEqual(await queue.claim(request), claimed);
});

test("every client knows how many messages are queued, also what another has taken", async (t) => {
  const { store, second } = await openTwo(t);
  await sqliteQueueStore(second).accept(sampleMessage(1));
  await sqliteQueueStore(store).probe();
  assert.equal(store.state().queuedMessages, 1);
  assert.equal(second.state().queuedMessages, 1);
});
