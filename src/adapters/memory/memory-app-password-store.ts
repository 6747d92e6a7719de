import { err, ok } from "../../core/result.ts";
import {
  type AppPassword,
  type AppPasswordStore,
  MAX_APP_PASSWORDS,
} from "../../ports/app-password-store.ts";

/** App passwords that last as long as the process. */
export function memoryAppPasswordStore(): AppPasswordStore {
  let kept: { password: AppPassword; hash: string }[] = [];
  const consoleOnly = new Set<string>();
  const of = (account: string) => kept.filter(({ password }) => password.account === account);
  const named = (account: string, name: string) => of(account).find(({ password }) => password.name === name);
  return {
    async add(password, hash) {
      const { account, name } = password;
      if (named(account, name)) return err(`${account} has an app password ${name} already`);
      if (of(account).length >= MAX_APP_PASSWORDS)
        return err(`${account} has ${MAX_APP_PASSWORDS} app passwords; remove one first`);
      kept.push({ password, hash });
      return ok(undefined);
    },
    list: async (account) =>
      of(account)
        .map(({ password }) => password)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    find: async (account, hash) => of(account).find((each) => each.hash === hash)?.password,
    async remove(account, name) {
      const found = named(account, name);
      kept = kept.filter((each) => each !== found);
      return found ? ok(undefined) : err(`${account} has no app password ${name}`);
    },
    async forget(account) {
      kept = kept.filter(({ password }) => password.account !== account);
      consoleOnly.delete(account);
    },
    async noteUse(account, name, day) {
      const found = named(account, name);
      if (found) found.password = { ...found.password, lastUsedDay: day };
    },
    mainPasswordUse: async (account) => (consoleOnly.has(account) ? "console-only" : "everywhere"),
    async setMainPasswordUse(account, use) {
      if (use === "console-only") consoleOnly.add(account);
      else consoleOnly.delete(account);
    },
  };
}
