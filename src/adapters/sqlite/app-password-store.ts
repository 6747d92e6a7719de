import { instant } from "../../core/instant.ts";
import { err, ok } from "../../core/result.ts";
import {
  APP_PASSWORD_SCOPES,
  type AppPassword,
  type AppPasswordStore,
  MAX_APP_PASSWORDS,
} from "../../ports/app-password-store.ts";
import { APP_PASSWORD_COLUMNS } from "./app-password-statements.ts";
import { integer, listOf, optionalInteger, type Stored, text } from "./columns.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

/** The app passwords in a {@link SqliteStore}. */
export function sqliteAppPasswordStore(store: SqliteStore): AppPasswordStore {
  const select = `SELECT ${APP_PASSWORD_COLUMNS.join(", ")} FROM app_password WHERE account = ?`;
  const { ofAccount, byHash, consoleOnly } = store.ask((db) => ({
    ofAccount: arrays(db, `${select} ORDER BY name`),
    byHash: arrays(db, `${select} AND hash = ?`),
    consoleOnly: arrays(db, "SELECT 1 FROM console_only WHERE account = ?"),
  }));
  return {
    async add({ account, name, scopes, ranges, createdAt, expiresAt, lastUsedDay }, hash) {
      const values = [
        account,
        name,
        scopes.join(","),
        ranges.join(" "),
        createdAt,
        expiresAt ?? null,
        lastUsedDay ?? null,
        hash,
      ];
      const done = await store.run("addAppPassword", { account, values });
      if (done === "there") return err(`${account} has an app password ${name} already`);
      if (done === "full") return err(`${account} has ${MAX_APP_PASSWORDS} app passwords; remove one first`);
      return ok(undefined);
    },
    list: async (account) => store.ask(() => ofAccount.all(account).map(passwordFrom)),
    async find(account, hash) {
      const row = store.ask(() => byHash.get(account, hash));
      return row && passwordFrom(row);
    },
    async remove(account, name) {
      const removed = await store.run("removeAppPassword", { account, name });
      return removed ? ok(undefined) : err(`${account} has no app password ${name}`);
    },
    forget: (account) => store.run("forgetAppPasswords", account),
    noteUse: (account, name, day) => store.run("noteAppPasswordUse", { account, name, day }),
    mainPasswordUse: async (account) =>
      store.ask(() => consoleOnly.get(account)) ? "console-only" : "everywhere",
    setMainPasswordUse: (account, use) =>
      store.run("setConsoleOnly", { account, isOnly: use === "console-only" }),
  };
}

function passwordFrom(row: readonly Stored[]): AppPassword {
  const [expiresAt, lastUsedDay] = [optionalInteger(row[5]), optionalInteger(row[6])];
  return {
    account: text(row[0]),
    name: text(row[1]),
    scopes: listOf(APP_PASSWORD_SCOPES, row[2]),
    ranges: text(row[3]).split(" ").filter(Boolean),
    createdAt: instant(integer(row[4])),
    ...(expiresAt === undefined ? {} : { expiresAt: instant(expiresAt) }),
    ...(lastUsedDay === undefined ? {} : { lastUsedDay }),
  };
}
