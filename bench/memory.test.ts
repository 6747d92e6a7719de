import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePss, peakMemoryBytes } from "./memory.ts";

test("a process's share of its memory is read, and that of one which has ended is nothing", () => {
  const rollup =
    "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:   2048 kB\nPss:   1024 kB\nPss_Dirty:  12 kB\n";
  assert.equal(parsePss(rollup), 1024 * 1024);
  assert.equal(parsePss(""), 0);
});

test(
  "the most memory is that which the work had while it ran",
  process.platform === "linux" ? {} : { skip: "needs Linux, for /proc" },
  async () => {
    let held: Buffer | undefined;
    const size = 64 * 1024 * 1024;
    const before = await peakMemoryBytes(process.pid, async () => {});
    const during = await peakMemoryBytes(process.pid, async () => {
      held = Buffer.alloc(size, 1);
    });
    assert.ok(during - before >= size / 2, `${before} bytes before, ${during} with ${held?.length} held`);
  },
);
