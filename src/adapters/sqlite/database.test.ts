import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { DataNewer } from "./database.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { openStore } from "./open-store.ts";

async function pathIn(t: TestContext): Promise<string> {
  const folder = await tempDir();
  t.after(() => folder.remove());
  return join(folder.path, "postern.db");
}

test("a database of a newer version is refused by type and not touched", async (t) => {
  const path = await pathIn(t);
  const newer = new DatabaseSync(path);
  newer.exec(`CREATE TABLE later (x); PRAGMA user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  const before = readFileSync(path);
  await assert.rejects(openStore({ path }), (error) => {
    assert.ok(error instanceof DataNewer);
    assert.deepEqual(
      [error.code, error.found, error.supported],
      ["data-newer", MIGRATIONS.length + 1, MIGRATIONS.length],
    );
    return true;
  });
  assert.equal(Buffer.compare(readFileSync(path), before), 0);
});

test("database and side files are for their owner only, also where the file was there before", async (t) => {
  const path = await pathIn(t);
  writeFileSync(path, "", { mode: 0o644 });
  const store = await openStore({ path });
  const folder = join(path, "..");
  const names = readdirSync(folder).sort();
  const modes = names.map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  await store.close();
  assert.deepEqual(modes, [
    ["postern.db", 0o600],
    ["postern.db-shm", 0o600],
    ["postern.db-wal", 0o600],
  ]);
});

test("a file that is no database and a folder that is missing are refused with the path", async (t) => {
  const path = await pathIn(t);
  writeFileSync(path, "this is no database, however long one reads in it".repeat(100));
  for (const bad of [path, join(path, "..", "missing", "postern.db")]) {
    await assert.rejects(openStore({ path: bad }), (error) => {
      assert.ok(error instanceof StoreUnavailable);
      assert.ok(error.message.includes(bad), error.message);
      return true;
    });
  }
});

test("a migration goes on from the version that is there, and a step that fails leaves the one before", (t) => {
  const db = new DatabaseSync(":memory:");
  t.after(() => db.close());
  const version = () => db.prepare("PRAGMA user_version").get()?.["user_version"];
  migrate(db, 0, ["CREATE TABLE one (x)"]);
  migrate(db, 1, ["CREATE TABLE one (x)", "CREATE TABLE two (x)"]);
  assert.equal(version(), 2);
  const broken = ["", "", "CREATE TABLE three (x)", "CREATE TABLE four (x); CREATE TABLE four (x)"];
  assert.throws(() => migrate(db, 2, broken), /four already exists/);
  assert.equal(version(), 3);
  const tables = db.prepare("SELECT name FROM sqlite_schema ORDER BY name").all();
  assert.deepEqual(
    tables.map(({ name }) => name),
    ["one", "three", "two"],
  );
});
