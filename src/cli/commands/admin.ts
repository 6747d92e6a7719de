import type { Command } from "commander";
import { adminAdd, adminList, adminRemove, adminSetPassword } from "../../admin/administrators.ts";
import { newPassword } from "../read-password.ts";
import { formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

interface PasswordOptions {
  readonly passwordStdin?: boolean;
}

/** `admin add|list|remove|set-password`. */
export function addAdminCommands(program: Command, contextOf: ContextOf): void {
  const admin = addNoun(program, "admin", "Administrators");
  addVerb(admin, "add <name>", {
    summary: "Make an administrator",
    examples: ["admin add carol", "admin add carol --password-stdin < file"],
  })
    .option("--password-stdin", "read the password from stdin")
    .action(async (name: string, options: PasswordOptions) => {
      const context = contextOf();
      const password = await newPassword(context, options.passwordStdin);
      const made = await context.send(adminAdd, { name, password });
      context.show(made, ({ administrator }) => `${administrator} is an administrator now.\n`);
    });
  addVerb(admin, "list", { summary: "List the administrators", examples: ["admin list"] }).action(
    async () => {
      const context = contextOf();
      context.show(await context.send(adminList, {}), (rows) =>
        formatTable([{ head: "ADMINISTRATOR", cell: ({ name }) => name }], rows),
      );
    },
  );
  addVerb(admin, "remove <name>", {
    summary: "Remove an administrator, but never the last one",
    examples: ["admin remove carol"],
  }).action(async (name: string) => {
    const context = contextOf();
    const output = await context.send(adminRemove, { name });
    context.show(output, ({ removed }) => `${removed} is no administrator any more.\n`);
  });
  addVerb(admin, "set-password <name>", {
    summary: "Give an administrator a new password",
    examples: ["admin set-password carol", "admin set-password carol --password-stdin < file"],
  })
    .option("--password-stdin", "read the password from stdin")
    .action(async (name: string, options: PasswordOptions) => {
      const context = contextOf();
      const password = await newPassword(context, options.passwordStdin);
      const output = await context.send(adminSetPassword, { name, password });
      context.show(output, ({ administrator }) => `${administrator} has a new password.\n`);
    });
}
