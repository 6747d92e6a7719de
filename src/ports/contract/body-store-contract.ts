import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { BodyStore } from "../body-store.ts";

/** What every store of bodies must do. `make` opens an empty one for one test. */
export function bodyStoreContract(name: string, make: (t: TestContext) => Promise<BodyStore>): void {
  suite(`${name} as a body store`, () => {
    test("a body comes back byte for byte, also when the writer uses its chunk again", async (t) => {
      const bodies = await make(t);
      const writer = await bodies.create();
      const chunk = Buffer.alloc(70_000);
      for (const byte of [0, 13, 255]) await writer.write(chunk.fill(byte));
      await writer.commit();
      const expected = Buffer.concat([0, 13, 255].map((byte) => Buffer.alloc(70_000, byte)));
      assert.equal(Buffer.compare(await readAll(bodies, writer.name), expected), 0);
    });

    test("each body has a name of its own, and all are listed", async (t) => {
      const bodies = await make(t);
      assert.deepEqual(await bodies.list(), []);
      const writers = await Promise.all([bodies.create(), bodies.create(), bodies.create()]);
      await Promise.all(writers.map((writer) => writer.commit()));
      assert.deepEqual((await bodies.list()).sort(), writers.map((writer) => writer.name).sort());
      assert.equal(new Set(await bodies.list()).size, 3);
    });

    test("a body that is discarded or removed is gone, and removing it again is no error", async (t) => {
      const bodies = await make(t);
      const [discarded, removed] = [await bodies.create(), await bodies.create()];
      await discarded.write(Buffer.from("x"));
      await discarded.discard();
      await removed.commit();
      await bodies.remove(removed.name);
      await bodies.remove(removed.name);
      assert.deepEqual(await bodies.list(), []);
    });

    test("reading a body that is not there rejects", async (t) => {
      const bodies = await make(t);
      await assert.rejects(readAll(bodies, "0.msg"));
    });
  });
}

async function readAll(bodies: BodyStore, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodies.read(name)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
