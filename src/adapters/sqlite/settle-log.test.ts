import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { checkpointWhenDue } from "./checkpoint.ts";
import { settleLog } from "./settle-log.ts";

test("a log is the same after it has been written over itself, and where there is none nothing is made", async (t) => {
  const folder = await tempDir();
  const path = join(folder.path, "a.db");
  const db = new DatabaseSync(path);
  t.after(async () => {
    db.close();
    await folder.remove();
  });
  db.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE item (bytes BLOB); INSERT INTO item VALUES (zeroblob(3000000))",
  );
  const copy = join(folder.path, "b.db");
  settleLog(copy);
  for (const end of ["", "-wal"]) copyFileSync(path + end, copy + end);
  const before = readFileSync(`${copy}-wal`);
  settleLog(copy);
  assert.equal(Buffer.compare(readFileSync(`${copy}-wal`), before), 0);
  assert.ok(before.length > 2_000_000);
});

test("the log is copied into the database when it has grown by enough, and not before", async (t) => {
  const folder = await tempDir();
  const db = new DatabaseSync(join(folder.path, "a.db"));
  t.after(async () => {
    db.close();
    await folder.remove();
  });
  db.exec("PRAGMA journal_mode = WAL");
  const checkpoint = checkpointWhenDue(db, 20);
  const copied = () => db.prepare("PRAGMA wal_checkpoint(NOOP)").get()?.["checkpointed"];
  db.exec("CREATE TABLE item (bytes BLOB)");
  assert.equal(checkpoint(), undefined);
  assert.equal(copied(), 0);
  db.exec("INSERT INTO item VALUES (zeroblob(100000))");
  assert.equal(checkpoint(), undefined);
  assert.ok(Number(copied()) > 20);
});
