import type { Command } from "commander";
import {
  mailboxAdd,
  mailboxList,
  mailboxRemove,
  mailboxResume,
  mailboxSetPassword,
  mailboxShow,
  mailboxSuspend,
} from "../../admin/mailboxes.ts";
import { given } from "../command-context.ts";
import { newPassword, optionalPassword } from "../read-password.ts";
import { formatFields, formatTable } from "../table.ts";
import { addAppPasswordCommands } from "./app-password.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `mailbox add|list|show|remove|set-password|suspend|resume`. */
export function addMailboxCommands(program: Command, contextOf: ContextOf): void {
  const mailbox = addNoun(program, "mailbox", "Mailboxes, which are logins too");
  addAdd(mailbox, contextOf);
  addListAndShow(mailbox, contextOf);
  addVerb(mailbox, "remove <address>", {
    summary: "Remove a mailbox and its login; the mail stays on disk",
    examples: ["mailbox remove alice@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    const output = await context.send(mailboxRemove, { mailbox: address });
    context.show(output, ({ removed }) => `Removed ${removed}. Its mail is still in Postoffices.\n`);
  });
  addVerb(mailbox, "set-password <address>", {
    summary: "Give a mailbox a new password",
    examples: [
      "mailbox set-password alice@example.test",
      "mailbox set-password alice@example.test --password-stdin < file",
    ],
  })
    .option("--password-stdin", "read it from stdin")
    .action(async (address: string, options: PasswordOptions) => {
      const context = contextOf();
      const password = await newPassword(context, options.passwordStdin);
      const output = await context.send(mailboxSetPassword, { mailbox: address, password });
      context.show(output, (done) => `${done.mailbox} has a new password.\n`);
    });
  addSuspension(mailbox, contextOf);
  addAppPasswordCommands(mailbox, contextOf);
}

interface PasswordOptions {
  readonly passwordStdin?: boolean;
}

function addAdd(mailbox: Command, contextOf: ContextOf): void {
  addVerb(mailbox, "add <address>", {
    summary: "Make a mailbox; with a password it is a login too",
    examples: ["mailbox add alice@example.test", "mailbox add alice@example.test --password-stdin < file"],
  })
    .option("--password-stdin", "read its password from stdin")
    .action(async (address: string, options: PasswordOptions) => {
      const context = contextOf();
      const password = await optionalPassword(context, options.passwordStdin);
      const made = await context.send(mailboxAdd, { mailbox: address, ...given({ password }) });
      context.show(made, (output) =>
        output.hasPassword
          ? `Made mailbox ${output.mailbox}.\n`
          : `Made mailbox ${output.mailbox}. Nobody can log in to it before: postern mailbox set-password ${output.mailbox}\n`,
      );
    });
}

function addListAndShow(mailbox: Command, contextOf: ContextOf): void {
  const canLogIn = ({ hasPassword, suspended }: { hasPassword: boolean; suspended: boolean }): string =>
    suspended ? "suspended" : hasPassword ? "may log in" : "no password yet";
  addVerb(mailbox, "list", { summary: "List the mailboxes", examples: ["mailbox list"] }).action(async () => {
    const context = contextOf();
    context.show(await context.send(mailboxList, {}), (rows) =>
      formatTable(
        [
          { head: "MAILBOX", cell: (row) => row.mailbox },
          { head: "POST OFFICE", cell: ({ postoffice }) => postoffice },
          { head: "LOGIN", cell: canLogIn },
        ],
        rows,
      ),
    );
  });
  addVerb(mailbox, "show <address>", {
    summary: "Show a mailbox with the addresses and groups that lead to it",
    examples: ["mailbox show alice@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    context.show(await context.send(mailboxShow, { mailbox: address }), (shown) =>
      formatFields([
        ["mailbox", shown.mailbox],
        ["post office", shown.postoffice],
        ["login", canLogIn(shown)],
        ["addresses", shown.addresses.join(", ")],
        ["groups", shown.groups.join(", ")],
      ]),
    );
  });
}

function addSuspension(mailbox: Command, contextOf: ContextOf): void {
  addVerb(mailbox, "suspend <address>", {
    summary: "Stop a mailbox from sending; it still receives, and its queued mail is held",
    examples: ["mailbox suspend alice@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    const output = await context.send(mailboxSuspend, { mailbox: address });
    context.show(output, ({ mailbox: key, rowsHeld, grantsRevoked }) => {
      return `${key} cannot send any more. Held in the queue: ${rowsHeld}; POP grants ended: ${grantsRevoked}.\n`;
    });
  });
  addVerb(mailbox, "resume <address>", {
    summary: "Let a suspended mailbox send again",
    examples: ["mailbox resume alice@example.test"],
  }).action(async (address: string) => {
    const context = contextOf();
    const output = await context.send(mailboxResume, { mailbox: address });
    context.show(output, ({ mailbox: key, rowsHeld }) => {
      const held = `Still held: ${rowsHeld}. Look at them (queue list --login ${key}), then release or drop them.\n`;
      return `${key} may send again.\n${rowsHeld > 0 ? held : ""}`;
    });
  });
}
