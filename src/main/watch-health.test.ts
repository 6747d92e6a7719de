import assert from "node:assert/strict";
import { test } from "node:test";
import { manualTime } from "../adapters/memory/manual-time.ts";
import type { QueueState } from "../ports/queue-store.ts";
import { watchHealth } from "./watch-health.ts";

/** A watch over a disk and a store that the test changes, and what it has logged. */
async function watched() {
  const time = manualTime();
  const seen = { freeBytes: 5000, writable: true, queue: { queuedMessages: 0 } as QueueState, probes: 0 };
  const logged: string[] = [];
  const watch = await watchHealth({
    folders: ["Spool"],
    minFreeBytes: 1000,
    maxQueuedMessages: 10,
    queue: {
      state: () => seen.queue,
      probe: async () => {
        seen.probes += 1;
        seen.queue = { queuedMessages: 0 };
      },
    },
    timers: time.timers,
    log: {
      info: (event) => void logged.push(event),
      warn: (event) => void logged.push(event),
      error: (event) => void logged.push(event),
    },
    look: async (folder) => ({ folder, freeFiles: undefined, ...seen }),
  });
  const tick = async () => {
    time.advance(2000);
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  };
  return { watch, seen, logged, tick, time };
}

test("a message begins only where it leaves enough room on the disk", async () => {
  const { watch, seen, logged, tick } = await watched();
  assert.deepEqual([watch.intake(0), watch.intake(4000), watch.intake(4001)], ["open", "open", "no-room"]);
  seen.freeBytes = 999;
  await tick();
  assert.equal(watch.intake(0), "no-room");
  seen.freeBytes = 1000;
  await tick();
  assert.equal(watch.intake(0), "open");
  assert.deepEqual(logged, ["takes-no-mail", "takes-mail-again"]);
});

test("the bound of the queue holds from one message to the next", async () => {
  const { watch, seen } = await watched();
  seen.queue = { queuedMessages: 10 };
  assert.equal(watch.intake(0), "no-room");
  seen.queue = { queuedMessages: 9 };
  assert.equal(watch.intake(0), "open");
});

test("a store that fails is tried until it works, and a disk that cannot be written is no full one", async () => {
  const { watch, seen, tick } = await watched();
  await tick();
  assert.equal(seen.probes, 0);
  seen.queue = { queuedMessages: 0, failure: "disk I/O error" };
  assert.equal(watch.intake(0), "failing");
  await tick();
  assert.deepEqual([seen.probes, watch.intake(0)], [1, "open"]);
  seen.writable = false;
  await tick();
  assert.equal(watch.intake(0), "failing");
});

test("it looks no more once it is stopped", async () => {
  const { watch, time } = await watched();
  assert.equal(time.pending(), 1);
  watch.stop();
  assert.equal(time.pending(), 0);
});
