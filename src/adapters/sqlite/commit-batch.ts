import type { DatabaseSync } from "node:sqlite";
import type { MessageCount } from "./message-count.ts";
import type { OperationContext } from "./operation.ts";
import { type StoreFault, storeFault } from "./store-fault.ts";
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
  /** For each reply the buffers in it that may be handed over. */
  readonly transfers: readonly (readonly ArrayBuffer[])[];
  /** How many transactions were committed. */
  readonly commits: number;
  /** By how much the number of queued messages has changed. */
  readonly queued: number;
  /** Why the database itself could not be written; absent: it could. */
  readonly failure?: string;
}

/**
 * Runs operations in one transaction and commits them once. Where the database fails, nothing of the batch is kept and
 * every operation is answered so. Where one operation breaks a rule of the schema, the others must not suffer: each is
 * then run again in a transaction of its own. Each transaction keeps the count of messages. Never throws.
 */
export function commitBatch(
  db: DatabaseSync,
  table: OperationTable,
  batch: readonly BatchedOperation[],
  count: Pick<MessageCount, "add">,
): BatchResult {
  const together = attempt(db, table, batch, count);
  if (together.kind === "committed") return { ...together, commits: 1 };
  const { fault } = together;
  if (fault.wholeStore || batch.length === 1) {
    const replies = batch.map(() => refused(fault));
    return { replies, transfers: [], commits: 0, queued: 0, ...failureOf(fault) };
  }
  return commitOneByOne(db, table, batch, count);
}

function commitOneByOne(
  db: DatabaseSync,
  table: OperationTable,
  batch: readonly BatchedOperation[],
  count: Pick<MessageCount, "add">,
): BatchResult {
  const replies: Reply[] = [];
  const transfers: (readonly ArrayBuffer[])[] = [];
  let commits = 0;
  let queued = 0;
  let failure: { readonly failure?: string } = {};
  for (const operation of batch) {
    const alone = attempt(db, table, [operation], count);
    if (alone.kind === "committed") {
      replies.push(...alone.replies);
      transfers.push(...alone.transfers);
      commits += 1;
      queued += alone.queued;
    } else {
      replies.push(refused(alone.fault));
      transfers.push([]);
    }
    failure = alone.kind === "committed" ? {} : failureOf(alone.fault);
  }
  return { replies, transfers, commits, queued, ...failure };
}

type Attempt =
  | {
      readonly kind: "committed";
      readonly replies: readonly Reply[];
      readonly transfers: readonly (readonly ArrayBuffer[])[];
      readonly queued: number;
    }
  | { readonly kind: "failed"; readonly fault: StoreFault };

function attempt(
  db: DatabaseSync,
  table: OperationTable,
  batch: readonly BatchedOperation[],
  count: Pick<MessageCount, "add">,
): Attempt {
  try {
    db.exec("BEGIN IMMEDIATE");
    const transfers: ArrayBuffer[][] = [];
    const tally = { messages: 0 };
    const replies = batch.map(({ name, input, bytes }): Reply => {
      const operation = table[name];
      if (!operation) throw new Error(`the store knows no operation "${name}"`);
      const transfer: ArrayBuffer[] = [];
      transfers.push(transfer);
      return { done: true, value: operation(input, { bytes, transfer, tally }) };
    });
    if (tally.messages !== 0) count.add(tally.messages);
    db.exec("COMMIT");
    return { kind: "committed", replies, transfers, queued: tally.messages };
  } catch (error) {
    // SQLite itself rolls back after some errors, such as a full disk.
    if (db.isTransaction) db.exec("ROLLBACK");
    return { kind: "failed", fault: storeFault(error) };
  }
}

function failureOf({ wholeStore, detail }: StoreFault): { failure?: string } {
  return wholeStore ? { failure: detail } : {};
}

function refused({ detail, full, mayBeKept }: StoreFault): Reply {
  return { done: false, detail, ...(full ? { full } : {}), ...(mayBeKept ? { mayBeKept } : {}) };
}
