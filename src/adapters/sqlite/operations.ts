import type { DatabaseSync } from "node:sqlite";
import { directoryChanges } from "../../ports/directory-rules/directory-changes.ts";
import { appPasswordOperations } from "./app-password-statements.ts";
import { containmentOperations } from "./containment-statements.ts";
import { sqliteDirectoryTables } from "./directory-tables.ts";
import { guessOperations } from "./guess-statements.ts";
import { journalOperations } from "./journal-statements.ts";
import { policyOperations } from "./policy-statements.ts";
import { queueOperations } from "./queue-statements.ts";
import { routeOperations } from "./route-statements.ts";
import { usageOperations } from "./usage-statements.ts";

/**
 * Everything that the store thread can be asked to do, by name. An operation is synchronous, keeps nothing outside the
 * database (it may be run again after a rollback), and returns expected refusals as values; what it throws undoes it.
 */
export function storeOperations(db: DatabaseSync) {
  return {
    ...queueOperations(db),
    ...journalOperations(db),
    ...policyOperations(db),
    ...routeOperations(db),
    ...usageOperations(db),
    ...containmentOperations(db),
    ...guessOperations(db),
    ...appPasswordOperations(db),
    ...directoryChanges(sqliteDirectoryTables(db)),
  };
}

/** The table of operations. */
export type StoreOperations = ReturnType<typeof storeOperations>;

/** The name of an operation. */
export type OperationName = keyof StoreOperations;
