// Migrates the database at the path that is its argument, as the server does at its start, with steps made for this test.
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../src/adapters/sqlite/migrations.ts";

/** Steps of every kind: a new table, an index, one that is filled, and a table that is made anew. */
export const STEPS: readonly string[] = [
  "CREATE TABLE mail (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
  "CREATE INDEX mail_text ON mail (text)",
  `CREATE TABLE mail_next (id INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT;
   INSERT INTO mail_next SELECT id, text FROM mail;
   DROP TABLE mail;
   ALTER TABLE mail_next RENAME TO mail;
   CREATE INDEX mail_words ON mail (words)`,
  "ALTER TABLE mail ADD COLUMN seen INTEGER NOT NULL DEFAULT 0; UPDATE mail SET seen = 1",
];

/** Opens the database, or makes it, and brings it to that version. */
export function migrateTo(path: string, version: number): void {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    const from = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    migrate(db, from, STEPS.slice(0, version));
  } finally {
    db.close();
  }
}

const [path] = process.argv.slice(2);
if (import.meta.main && path !== undefined) migrateTo(path, STEPS.length);
