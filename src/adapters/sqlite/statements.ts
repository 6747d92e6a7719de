import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";

/** A prepared statement whose rows are arrays, in the order of the columns. */
export interface ArrayStatement {
  all(...values: readonly SQLInputValue[]): SQLOutputValue[][];
  get(...values: readonly SQLInputValue[]): SQLOutputValue[] | undefined;
}

/** Prepares a statement whose rows are arrays: they are cheaper to make, and to copy to another thread, than objects. */
export function arrays(db: DatabaseSync, sql: string): ArrayStatement {
  const statement: unknown = db.prepare(sql, { returnArrays: true });
  // The types of node:sqlite know only rows that are objects.
  return statement as ArrayStatement;
}
