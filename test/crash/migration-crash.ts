import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { toolPath } from "../support/tools.ts";
import { migrateTo, STEPS } from "./migrate.ts";
import type { Random } from "./random.ts";

const PROGRAM = join(import.meta.dirname, "migrate.ts");
/** Rows that the steps have to carry over; enough for many pages of the log. */
const ROWS = 2000;
/** About as many writes to the log as the steps make. */
const LOG_WRITES = 1000;

/** How a killed migration went. */
export interface MigrationCrash {
  /** Whether the process died before its end. */
  readonly killed: boolean;
  /** What was not as it must be afterwards. */
  readonly problems: string[];
}

/**
 * Kills a process in the middle of its migration of a database at version 1, then looks at what it left and migrates to
 * the end. The n-th write or sync of the log kills, n drawn so that any of them may be it.
 */
export async function crashMigration(random: Random): Promise<MigrationCrash> {
  const folder = await tempDir();
  try {
    const path = join(folder.path, "migrated.db");
    migrateTo(path, 1);
    fill(path);
    const calls = random.pick(["pwrite64", "fsync,fdatasync"]);
    const when = calls === "pwrite64" ? random.between(1, LOG_WRITES) : random.between(1, STEPS.length + 1);
    const inject = `inject=${calls}:signal=SIGKILL:when=${when}`;
    const strace = ["-f", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject, "-P", `${path}-wal`];
    const { signal } = await runProcess(toolPath("strace"), [...strace, process.execPath, PROGRAM, path]);
    const killed = signal === "SIGKILL";
    const problems = stateOf(path, "after the kill");
    try {
      migrateTo(path, STEPS.length);
    } catch (error) {
      return { killed, problems: [...problems, `migration: it cannot go on: ${String(error)}`] };
    }
    return { killed, problems: [...problems, ...stateOf(path, "at the end", STEPS.length)] };
  } finally {
    await folder.remove();
  }
}

function fill(path: string): void {
  const db = new DatabaseSync(path);
  const insert = db.prepare("INSERT INTO mail (id, text) VALUES (?, ?)");
  db.exec("BEGIN");
  for (let id = 1; id <= ROWS; id += 1) insert.run(id, textOf(id));
  db.exec("COMMIT");
  db.close();
}

function textOf(id: number): string {
  return `message ${id} `.repeat(20);
}

/** Whatever the version is, the tables must be those of that version with every row in them. */
function stateOf(path: string, when: string, wanted?: number): string[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    const problems: string[] = [];
    if (wanted !== undefined && version !== wanted) problems.push(`migration: version ${version} ${when}`);
    const column = version >= 3 ? "words" : "text";
    const rows = db.prepare(`SELECT id, ${column} AS text FROM mail ORDER BY id`).all();
    const whole = rows.filter((row) => row["text"] === textOf(Number(row["id"]))).length;
    if (rows.length !== ROWS || whole !== ROWS)
      problems.push(`migration: ${whole} of ${ROWS} rows are whole in version ${version} ${when}`);
    const made = db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'mail%'").all().length;
    if (made !== (version >= 2 ? 2 : 1))
      problems.push(`migration: ${made} tables and indexes in version ${version} ${when}`);
    return problems;
  } finally {
    db.close();
  }
}
