import { chmodSync, closeSync, existsSync, openSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { settleLog } from "./settle-log.ts";

/** The database was written by a later version of the program. It has not been touched. */
export class DataNewer extends Error {
  readonly code = "data-newer";
  /** The version that the database has. */
  readonly found: number;
  /** The latest version that this program knows. */
  readonly supported: number;

  constructor(path: string, found: number, supported: number) {
    super(
      `${path} is of data version ${found}, but this program knows versions up to ${supported}. ` +
        "Start the newer program again, or restore a backup made before it.",
    );
    this.found = found;
    this.supported = supported;
  }
}

const CACHE_KIB = 65_536;

/**
 * Opens the one writing connection, making and migrating the database where needed.
 * Throws {@link DataNewer} without having written anything, or what SQLite or the file system throws.
 */
export function openWriter(path: string, busyTimeoutMs: number): DatabaseSync {
  settleLog(path);
  const version = dataVersion(path);
  if (version > MIGRATIONS.length) throw new DataNewer(path, version, MIGRATIONS.length);
  // The database holds password hashes and the passwords of smart hosts; SQLite gives its side files the same mode.
  // Only where there is none: to close a file drops every lock that this process has on it (fcntl, POSIX), and SQLite
  // has locks for a reader that is still open when a new store thread takes the place of one that died.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const db = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL");
    db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    migrate(db, version);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Opens a connection that reads what the writer has committed. It waits for a lock no longer than a client would. */
export function openReader(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: 100 });
}

function dataVersion(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return 0;
  // Read-only, since a writing connection may change the file by merely being closed.
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const version = db.prepare("PRAGMA user_version").get()?.["user_version"];
    return typeof version === "number" ? version : 0;
  } finally {
    db.close();
  }
}
