import type { Command } from "commander";
import {
  type AppPasswordView,
  appPasswordAdd,
  appPasswordList,
  appPasswordRemove,
  mailboxSet,
} from "../../admin/app-passwords.ts";
import { given } from "../command-context.ts";
import { formatTable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf, collect } from "./noun.ts";

interface AddOptions {
  readonly scope?: string[];
  readonly from?: string[];
  readonly expires?: string;
}

/** `mailbox app-password add|list|remove` and `mailbox set`. */
export function addAppPasswordCommands(mailbox: Command, contextOf: ContextOf): void {
  const noun = addNoun(mailbox, "app-password", "Passwords for single programs of a mailbox's owner");
  addVerb(noun, "add <address> <name>", {
    summary: "Make a password for one program; it is shown this once",
    examples: [
      "mailbox app-password add alice@example.test telephone",
      "mailbox app-password add alice@example.test scanner --scope smtp --from 192.0.2.0/28 --expires 365d",
    ],
  })
    .option("--scope <protocols>", "smtp, pop or both; default: both", collect)
    .option("--from <ranges>", "addresses, blocks or first-last that it may be used from", collect)
    .option("--expires <when>", "a day, a moment, or a duration from now such as 90d")
    .action(async (address: string, name: string, { scope, from, expires }: AddOptions) => {
      const context = contextOf();
      const options = given({ scopes: scope as ("smtp" | "pop")[] | undefined, ranges: from, expires });
      const made = await context.send(appPasswordAdd, { mailbox: address, name, ...options });
      context.show(made, ({ mailbox: key, password }) => {
        return `The password for ${made.name}, with the login ${key}, is shown this once:\n${password}\n`;
      });
    });
  addVerb(noun, "list <address>", {
    summary: "List the app passwords of a mailbox, and when each was last used",
    examples: ["mailbox app-password list alice@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    context.show(await context.send(appPasswordList, { mailbox: address }), (views) =>
      views.length === 0 ? "There are no app passwords.\n" : formatTable(COLUMNS, views),
    );
  });
  addVerb(noun, "remove <address> <name>", {
    summary: "Remove an app password; logins with it fail at once",
    examples: ["mailbox app-password remove alice@example.test telephone"],
  }).action(async (address: string, name: string) => {
    const context = contextOf();
    const done = await context.send(appPasswordRemove, { mailbox: address, name });
    context.show(done, ({ mailbox: key, removed }) => `${removed} cannot log in to ${key} any more.\n`);
  });
  addSet(mailbox, contextOf);
}

function addSet(mailbox: Command, contextOf: ContextOf): void {
  addVerb(mailbox, "set <address>", {
    summary: "Say where the main password of a mailbox is taken",
    examples: [
      "mailbox set alice@example.test --main-password console-only",
      "mailbox set alice@example.test --main-password everywhere",
    ],
  })
    .requiredOption("--main-password <use>", "everywhere, or console-only: SMTP and POP want an app password")
    .action(async (address: string, { mainPassword }: { mainPassword: "everywhere" | "console-only" }) => {
      const context = contextOf();
      const done = await context.send(mailboxSet, { mailbox: address, mainPassword });
      context.show(done, ({ mailbox: key, mainPassword: use, appPasswords }) =>
        use === "everywhere"
          ? `The main password of ${key} is taken everywhere.\n`
          : `SMTP and POP do not take the main password of ${key} any more. It has app passwords: ${appPasswords}.\n`,
      );
    });
}

const COLUMNS = [
  { head: "NAME", cell: ({ name }: AppPasswordView) => name },
  { head: "SCOPE", cell: ({ scopes }: AppPasswordView) => scopes.join(",") },
  { head: "FROM", cell: ({ ranges }: AppPasswordView) => ranges.join(",") || "everywhere" },
  {
    head: "EXPIRES",
    cell: ({ expiresAt, expired }: AppPasswordView) =>
      expiresAt === undefined ? "never" : expired ? "has expired" : shortTime(expiresAt),
  },
  { head: "LAST USED", cell: ({ lastUsed }: AppPasswordView) => lastUsed ?? "never" },
] as const;
