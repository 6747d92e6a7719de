import assert from "node:assert/strict";
import { test } from "node:test";
import { folderSync } from "./folder-sync.ts";

/** A sync that ends when told to. */
function held() {
  const running: { folder: string; end: (error?: Error) => void }[] = [];
  const sync = (folder: string) =>
    new Promise<void>((resolve, reject) => {
      running.push({ folder, end: (error) => (error ? reject(error) : resolve()) });
    });
  return { running, sync: folderSync(sync) };
}

test("all who come while a sync runs share the next one", async () => {
  const { running, sync } = held();
  const first = sync("a");
  const later = [sync("a"), sync("a"), sync("a")];
  assert.equal(running.length, 1);
  running[0]!.end();
  await first;
  await new Promise(setImmediate);
  assert.equal(running.length, 2, "one sync for the three");
  let done = 0;
  for (const one of later) one.then(() => (done += 1));
  await new Promise(setImmediate);
  assert.equal(done, 0, "the sync that was running does not count for them");
  running[1]!.end();
  await Promise.all(later);
  sync("a");
  assert.equal(running.length, 3, "nothing is remembered afterwards");
});

test("folders are synced independently", () => {
  const { running, sync } = held();
  sync("a");
  sync("b");
  assert.deepEqual(
    running.map(({ folder }) => folder),
    ["a", "b"],
  );
});

test("a sync that fails fails for those who shared it and nobody else", async () => {
  const { running, sync } = held();
  const first = sync("a");
  const second = sync("a");
  running[0]!.end(new Error("disk"));
  await assert.rejects(first, /disk/);
  await new Promise(setImmediate);
  running[1]!.end();
  await second;
});
