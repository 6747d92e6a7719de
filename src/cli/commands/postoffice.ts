import type { Command } from "commander";
import { postofficeAdd, postofficeList, postofficeRemove, postofficeShow } from "../../admin/postoffices.ts";
import { formatFields, formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `postoffice add|list|show|remove`. */
export function addPostofficeCommands(program: Command, contextOf: ContextOf): void {
  const postoffice = addNoun(program, "postoffice", "Tenants: each has its own domains and mailboxes");
  addVerb(postoffice, "add <name>", {
    summary: "Make a post office",
    examples: ["postoffice add acme"],
  }).action(async (name: string) => {
    const context = contextOf();
    context.show(
      await context.send(postofficeAdd, { name }),
      (made) => `Made post office ${made.postoffice}.\n`,
    );
  });
  addVerb(postoffice, "list", { summary: "List the post offices", examples: ["postoffice list"] }).action(
    async () => {
      const context = contextOf();
      context.show(await context.send(postofficeList, {}), (rows) =>
        formatTable(
          [
            { head: "POST OFFICE", cell: ({ name }) => name },
            { head: "DOMAINS", cell: ({ domains }) => domains, align: "right" },
            { head: "MAILBOXES", cell: ({ mailboxes }) => mailboxes, align: "right" },
          ],
          rows,
        ),
      );
    },
  );
  addVerb(postoffice, "show <name>", {
    summary: "Show a post office with its domains and mailboxes",
    examples: ["postoffice show acme"],
  }).action(async (name: string) => {
    const context = contextOf();
    context.show(await context.send(postofficeShow, { name }), (shown) =>
      formatFields([
        ["post office", shown.postoffice],
        ["domains", shown.domains.join(", ")],
        ["mailboxes", shown.mailboxes.join(", ")],
      ]),
    );
  });
  addVerb(postoffice, "remove <name>", {
    summary: "Remove a post office that has no domains",
    examples: ["postoffice remove acme"],
  }).action(async (name: string) => {
    const context = contextOf();
    context.show(await context.send(postofficeRemove, { name }), ({ removed }) => `Removed ${removed}.\n`);
  });
}
