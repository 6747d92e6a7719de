import type { DirectoryAdmin } from "../../ports/directory.ts";
import { directoryOver } from "../../ports/directory-rules/directory-over.ts";
import { directoryQuestions } from "./directory-tables.ts";
import type { SqliteStore } from "./store-client.ts";

/**
 * The directory in a {@link SqliteStore}. Questions are answered here and now by the reading connection, each from one
 * state of the database; changes go through the store thread.
 */
export function sqliteDirectory(store: SqliteStore): DirectoryAdmin {
  const questions = store.ask(directoryQuestions);
  return directoryOver({
    ask: (question) => store.askTogether(() => question(questions)),
    change: (name, input) => store.run(name, input),
  });
}
