import type { DatabaseSync } from "node:sqlite";
import type { OperationContext } from "./operation.ts";
import type { Reply } from "./store-messages.ts";

/** One operation, ready to be run. */
export interface BatchedOperation {
  readonly name: string;
  readonly input: unknown;
  readonly bytes: Uint8Array | undefined;
}

/** Operations by name, as the worker sees them: their arguments were typed where they were sent. */
export type OperationTable = Readonly<Record<string, (input: unknown, context: OperationContext) => unknown>>;

export interface BatchResult {
  /** One for each operation, in their order. */
  readonly replies: readonly Reply[];
  /** Buffers in the replies that may be handed over. */
  readonly transfer: readonly ArrayBuffer[];
  /** How many transactions were committed. */
  readonly commits: number;
}

/**
 * Runs operations in one transaction and commits them once. Where the database fails, nothing of the batch is kept and
 * every operation is answered so. Where one operation breaks a rule of the schema, the others must not suffer: each is
 * then run again in a transaction of its own. Never throws.
 */
export function commitBatch(
  db: DatabaseSync,
  table: OperationTable,
  batch: readonly BatchedOperation[],
): BatchResult {
  const together = attempt(db, table, batch);
  if (together.kind === "committed") return { ...together, commits: 1 };
  if (together.wholeStore || batch.length === 1) {
    return { replies: batch.map(() => failure(together.error)), transfer: [], commits: 0 };
  }
  return commitOneByOne(db, table, batch);
}

function commitOneByOne(
  db: DatabaseSync,
  table: OperationTable,
  batch: readonly BatchedOperation[],
): BatchResult {
  const replies: Reply[] = [];
  const transfer: ArrayBuffer[] = [];
  let commits = 0;
  for (const operation of batch) {
    const alone = attempt(db, table, [operation]);
    if (alone.kind === "committed") {
      replies.push(...alone.replies);
      transfer.push(...alone.transfer);
      commits += 1;
    } else {
      replies.push(failure(alone.error));
    }
  }
  return { replies, transfer, commits };
}

type Attempt =
  | { readonly kind: "committed"; readonly replies: readonly Reply[]; readonly transfer: ArrayBuffer[] }
  | { readonly kind: "failed"; readonly error: unknown; readonly wholeStore: boolean };

function attempt(db: DatabaseSync, table: OperationTable, batch: readonly BatchedOperation[]): Attempt {
  try {
    db.exec("BEGIN IMMEDIATE");
    const transfer: ArrayBuffer[] = [];
    const replies = batch.map(({ name, input, bytes }): Reply => {
      const operation = table[name];
      if (!operation) throw new Error(`the store knows no operation "${name}"`);
      return { done: true, value: operation(input, { bytes, transfer }) };
    });
    db.exec("COMMIT");
    return { kind: "committed", replies, transfer };
  } catch (error) {
    // SQLite itself rolls back after some errors, such as a full disk.
    if (db.isTransaction) db.exec("ROLLBACK");
    return { kind: "failed", error, wholeStore: concernsWholeStore(error) };
  }
}

// https://www.sqlite.org/rescode.html: CONSTRAINT, MISMATCH and TOOBIG speak of one statement's values.
const OF_ONE_STATEMENT: ReadonlySet<number> = new Set([18, 19, 20]);

function concernsWholeStore(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return false;
  return !OF_ONE_STATEMENT.has(error.errcode & 0xff);
}

function failure(error: unknown): Reply {
  return { done: false, detail: error instanceof Error ? error.message : String(error) };
}
