import type { SQLInputValue } from "node:sqlite";

/** What an operation has beside its arguments. */
export interface OperationContext {
  /** The one run of bytes that came with the operation: a body. */
  readonly bytes: Uint8Array | undefined;
  /** Buffers of the result that the main thread may take over rather than copy; an operation adds its own. */
  readonly transfer: ArrayBuffer[];
  /** What the transaction changes in the number of queued messages; it counts when it is committed. */
  readonly tally: { messages: number };
}

/** A row as statements take it. */
export type Values = readonly SQLInputValue[];

/** `INSERT INTO table (columns) VALUES (?, …)`. Table and columns are names of this program, never input. */
export function insertSql(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}
