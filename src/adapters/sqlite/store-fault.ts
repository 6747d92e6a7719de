/** What an error that came while the database was written means. */
export interface StoreFault {
  readonly detail: string;
  /** The database cannot be written, whoever asks; otherwise one operation's values were at fault. */
  readonly wholeStore: boolean;
  /** There is no room on the disk. */
  readonly full: boolean;
  /** Another program holds the database. */
  readonly busy: boolean;
  /** All of the commit was written, and only its sync failed: a crash before the next commit may bring it back, whole. */
  readonly mayBeKept: boolean;
}

// https://www.sqlite.org/rescode.html
const BUSY = 5;
const FULL = 13;
/** CONSTRAINT, MISMATCH and TOOBIG speak of one statement's values. */
const OF_ONE_STATEMENT: ReadonlySet<number> = new Set([18, 19, 20]);
/** IOERR_FSYNC and IOERR_DIR_FSYNC. */
const SYNC_FAILED: ReadonlySet<number> = new Set([1034, 1290]);

/** Reads what was thrown. What is no error of SQLite's is a slip in one operation. */
export function storeFault(error: unknown): StoreFault {
  const detail = error instanceof Error ? error.message : String(error);
  const code = resultCode(error);
  if (code === undefined) return { detail, wholeStore: false, full: false, busy: false, mayBeKept: false };
  const primary = code & 0xff;
  return {
    detail,
    wholeStore: !OF_ONE_STATEMENT.has(primary),
    full: primary === FULL,
    busy: primary === BUSY,
    mayBeKept: SYNC_FAILED.has(code),
  };
}

/** SQLite's extended result code, where it is an error of SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
