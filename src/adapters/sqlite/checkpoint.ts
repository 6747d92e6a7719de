import type { DatabaseSync } from "node:sqlite";
import { storeFault } from "./store-fault.ts";

// The log is written back when it holds 32 MiB: most messages are delivered before that and never reach the main file.
const CHECKPOINT_PAGES = 8192;

/**
 * Makes a function that writes the log back into the database when it has grown by enough, and is called after each
 * commit. SQLite would do so by itself, but keeps to itself that it failed. A checkpoint that a reader cut short counts
 * what it has copied as done without having synced it; if the disk then loses that, the one error that tells of it is
 * that of the next sync, and the log would be overwritten with the only good copy in it (docs/adr/0006-failed-syncs.md).
 * The function returns why the database must not be written on, or `undefined` where all is well. A full disk is no
 * reason: what was copied so far has not been lost, and all of it is copied again.
 */
export function checkpointWhenDue(db: DatabaseSync, pages = CHECKPOINT_PAGES): () => string | undefined {
  db.exec("PRAGMA wal_autocheckpoint = 0");
  const look = db.prepare("PRAGMA wal_checkpoint(NOOP)");
  const copy = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  return () => {
    try {
      const { log, checkpointed } = look.get() ?? {};
      if (Number(log) < pages || Number(checkpointed) >= Number(log)) return undefined;
      copy.get();
      return undefined;
    } catch (error) {
      const { detail, full, busy } = storeFault(error);
      return full || busy ? undefined : detail;
    }
  };
}
