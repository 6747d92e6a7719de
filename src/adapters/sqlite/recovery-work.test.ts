import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { migrate } from "./migrations.ts";
import { GIVE_ALL_BACK } from "./queue-statements.ts";
import { BODY_FILES } from "./queue-store.ts";

/** How SQLite goes about a statement: one line a loop. */
function plan(sql: string): string[] {
  const db = new DatabaseSync(":memory:");
  migrate(db, 0);
  const lines = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  db.close();
  return lines.map(({ detail }) => String(detail));
}

test("a start after a crash goes over the whole queue in an index only, and touches only the rows that were leased", () => {
  for (const sql of GIVE_ALL_BACK) {
    const lines = plan(sql);
    assert.ok(lines.includes("SEARCH queue USING INTEGER PRIMARY KEY (rowid=?)"), lines.join("; "));
    assert.equal(
      lines.find((line) => line === "SCAN queue"),
      undefined,
    );
  }
  assert.match(plan(GIVE_ALL_BACK[0] ?? "").join("; "), /SCAN queue USING COVERING INDEX queue_due/);
});

test("a start asks for body files without going over the messages that have none", () => {
  assert.deepEqual(plan(BODY_FILES), ["SEARCH message USING COVERING INDEX message_body_file (body_file>?)"]);
});
