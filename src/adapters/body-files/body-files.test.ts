import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { bodyStoreContract } from "../../ports/contract/body-store-contract.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { bodyFiles } from "./body-files.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await tempDir();
  t.after(() => folder.remove());
  return folder.path;
}

bodyStoreContract("files", async (t) => bodyFiles(join(await folderOf(t), "spool")));

test("a body file is for its owner only, and only such files are listed", async (t) => {
  const folder = await folderOf(t);
  const writer = await bodyFiles(folder).create();
  await writer.write(Buffer.from("x"));
  await writer.commit();
  writeFileSync(join(folder, "notes.txt"), "");
  writeFileSync(join(folder, "a.msg"), "");
  assert.equal(statSync(join(folder, writer.name)).mode & 0o777, 0o600);
  assert.deepEqual(await bodyFiles(folder).list(), [writer.name]);
});

test("a name that could lead elsewhere is refused", async (t) => {
  const folder = await folderOf(t);
  const outside = join(folder, "KEEP.msg");
  writeFileSync(outside, "kept");
  const bodies = bodyFiles(join(folder, "spool"));
  for (const name of ["../KEEP.msg", "..", "", "a.msg", "A.msg/../../KEEP.msg", "A.txt", "A.msg\n"]) {
    await assert.rejects(bodies.remove(name), StoreUnavailable, name);
    await assert.rejects(async () => {
      for await (const _ of bodies.read(name)) assert.fail("nothing may be read");
    }, StoreUnavailable);
  }
  assert.equal(readFileSync(outside, "utf8"), "kept");
});

test("a folder that cannot be used rejects with its name", async (t) => {
  const path = join(await folderOf(t), "file");
  writeFileSync(path, "");
  const bodies = bodyFiles(path);
  for (const work of [() => bodies.create(), () => bodies.list(), () => bodies.remove("A.msg")]) {
    await assert.rejects(work, (error) => error instanceof StoreUnavailable && error.message.includes(path));
  }
});
