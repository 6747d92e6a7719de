import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { memoryBodyStore } from "../adapters/memory/memory-body-store.ts";
import { bodySink } from "./body-sink.ts";
import { type MemoryBudget, memoryBudget } from "./memory-budget.ts";

/** A budget that shows what is taken of it. */
function watched(maxBytes: number): MemoryBudget & { taken: number } {
  const budget = memoryBudget(maxBytes);
  const shown = {
    taken: 0,
    take(bytes: number) {
      shown.taken += bytes;
      return budget.take(bytes);
    },
    give(bytes: number) {
      shown.taken -= bytes;
      budget.give(bytes);
    },
  };
  return shown;
}

async function content(bodies: ReturnType<typeof memoryBodyStore>, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodies.read(name)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("a body in pieces of any size is the same body, in the row or in a file, and holds no memory afterwards", async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.nat(500), async (parts, inlineMaxBytes) => {
      const bodies = memoryBodyStore();
      const budget = watched(1_000_000);
      const sink = bodySink(bodies, inlineMaxBytes, budget);
      for (const part of parts) await sink.write(Buffer.from(part));
      const whole = Buffer.concat(parts);
      assert.equal(sink.size, whole.length);
      assert.ok(whole.subarray(0, sink.head().length).equals(sink.head()));
      const body = await sink.finish();
      assert.equal(body.kind, whole.length > inlineMaxBytes ? "file" : "inline");
      const kept = body.kind === "inline" ? body.bytes : await content(bodies, body.name);
      assert.ok(whole.equals(Buffer.from(kept)));
      assert.equal(budget.taken, 0);
    }),
    { numRuns: 200 },
  );
});

test("a body that comes byte by byte holds at most twice its size, or one first buffer", () => {
  const budget = watched(1_000_000);
  const sink = bodySink(memoryBodyStore(), 256 * 1024, budget);
  for (let sent = 1; sent <= 100_000; sent += 1) {
    void sink.write(Buffer.from("x"));
    assert.ok(budget.taken <= Math.max(2 * sent, 8192));
  }
});

test("when many bodies hold all the memory there is for them, further ones go to files", async () => {
  const budget = watched(100_000);
  const bodies = memoryBodyStore();
  const holder = bodySink(bodies, 256 * 1024, budget);
  await holder.write(Buffer.alloc(99_000));
  const late = bodySink(bodies, 256 * 1024, budget);
  await late.write(Buffer.from("Subject: x\r\n\r\n"));
  await late.write(Buffer.alloc(50_000, "y"));
  assert.ok(budget.taken < 100_000);
  assert.match(late.head().toString(), /^Subject: x/);
  const body = await late.finish();
  assert.equal(body.kind, "file");
  await holder.discard();
  assert.equal(budget.taken, 0);
  const again = bodySink(bodies, 256 * 1024, budget);
  await again.write(Buffer.alloc(50_000));
  assert.equal((await again.finish()).kind, "inline");
});
