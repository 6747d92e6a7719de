import type { DatabaseSync } from "node:sqlite";
import { MAX_APP_PASSWORDS } from "../../ports/app-password-store.ts";
import { integer } from "./columns.ts";
import { insertSql, type Values } from "./operation.ts";
import { arrays } from "./statements.ts";

/** The columns of `app_password`, but for its hash. */
export const APP_PASSWORD_COLUMNS = [
  "account",
  "name",
  "scopes",
  "ranges",
  "created_at",
  "expires_at",
  "last_used_day",
] as const;

/** The operations on app passwords on the writing connection. */
export function appPasswordOperations(db: DatabaseSync) {
  const insert = db.prepare(
    `${insertSql("app_password", [...APP_PASSWORD_COLUMNS, "hash"])} ON CONFLICT DO NOTHING`,
  );
  const count = arrays(db, "SELECT count(*) FROM app_password WHERE account = ?");
  const remove = db.prepare("DELETE FROM app_password WHERE account = ? AND name = ?");
  const forget = db.prepare("DELETE FROM app_password WHERE account = ?");
  const use = db.prepare("UPDATE app_password SET last_used_day = ? WHERE account = ? AND name = ?");
  const consoleOnly = db.prepare("INSERT OR IGNORE INTO console_only (account) VALUES (?)");
  const everywhere = db.prepare("DELETE FROM console_only WHERE account = ?");
  return {
    addAppPassword({ account, values }: { account: string; values: Values }): "added" | "there" | "full" {
      if (integer(count.get(account)?.[0]) >= MAX_APP_PASSWORDS) return "full";
      return insert.run(...values).changes === 1 ? "added" : "there";
    },
    removeAppPassword({ account, name }: { account: string; name: string }): boolean {
      return remove.run(account, name).changes === 1;
    },
    forgetAppPasswords(account: string): void {
      forget.run(account);
      everywhere.run(account);
    },
    noteAppPasswordUse({ account, name, day }: { account: string; name: string; day: number }): void {
      use.run(day, account, name);
    },
    setConsoleOnly({ account, isOnly }: { account: string; isOnly: boolean }): void {
      (isOnly ? consoleOnly : everywhere).run(account);
    },
  };
}
