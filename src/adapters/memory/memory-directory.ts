import type { DirectoryAdmin } from "../../ports/directory.ts";
import { directoryChanges } from "../../ports/directory-rules/directory-changes.ts";
import { directoryOver } from "../../ports/directory-rules/directory-over.ts";
import { memoryDirectoryTables } from "./memory-directory-tables.ts";

/** A directory that lasts as long as the process, with the rules of every other. */
export function memoryDirectory(tables = memoryDirectoryTables()): DirectoryAdmin {
  const changes = directoryChanges(tables);
  return directoryOver({
    ask: (question) => question(tables),
    change: async (name, input) => changes[name](input),
  });
}
