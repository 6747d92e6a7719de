import type { DatabaseSync } from "node:sqlite";
import { DECISION_COLUMNS } from "./journal-columns.ts";
import { insertSql, type Values } from "./operation.ts";

export interface PruneArguments {
  readonly before: number;
  /** The most entries to delete in one commit, so that accepting need not wait for long. */
  readonly limit: number;
}

/** The journal's operations on the writing connection. */
export function journalOperations(db: DatabaseSync) {
  const insert = db.prepare(insertSql("decision", DECISION_COLUMNS));
  const prune = db.prepare(
    "DELETE FROM decision WHERE id IN (SELECT id FROM decision WHERE at < ? ORDER BY at LIMIT ?)",
  );
  return {
    recordDecisions(decisions: readonly Values[]): void {
      for (const decision of decisions) insert.run(...decision);
    },
    pruneDecisions({ before, limit }: PruneArguments): number {
      return Number(prune.run(before, limit).changes);
    },
  };
}
