import type { Command } from "commander";
import { addressAdd, addressList, addressRemove, addressShow } from "../../admin/addresses.ts";
import { formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `address add|list|show|remove`. */
export function addAddressCommands(program: Command, contextOf: ContextOf): void {
  const address = addNoun(program, "address", "Other names for mailboxes, and forwards");
  addVerb(address, "add <address>", {
    summary: "Give a mailbox another address, or forward an address elsewhere",
    examples: ["address add info@example.test --to alice@example.test"],
  })
    .requiredOption("--to <address>", "where it leads")
    .action(async (text: string, options: { to: string }) => {
      const context = contextOf();
      const made = await context.send(addressAdd, { address: text, to: options.to });
      context.show(made, (output) => `Mail for ${output.address} goes to ${output.to}.\n`);
    });
  addVerb(address, "list", { summary: "List the addresses", examples: ["address list"] }).action(async () => {
    const context = contextOf();
    context.show(await context.send(addressList, {}), (rows) =>
      formatTable(
        [
          { head: "ADDRESS", cell: (row) => row.address },
          { head: "LEADS TO", cell: ({ to }) => to },
        ],
        rows,
      ),
    );
  });
  addVerb(address, "show <address>", {
    summary: "Show where mail for an address ends up",
    examples: ["address show info@example.test"],
  }).action(async (text: string) => {
    const context = contextOf();
    context.show(await context.send(addressShow, { address: text }), (shown) => {
      const targets = shown.targets.map((target) =>
        target.kind === "mailbox"
          ? `  mailbox  ${target.address}\n`
          : `  forward  ${target.address}, as relay of ${target.chargedTo}\n`,
      );
      return `${shown.address} is known as ${shown.via}; its mail goes to\n${targets.join("")}`;
    });
  });
  addVerb(address, "remove <address>", {
    summary: "Remove an address; the mailbox it leads to stays",
    examples: ["address remove info@example.test"],
  }).action(async (text: string) => {
    const context = contextOf();
    context.show(
      await context.send(addressRemove, { address: text }),
      ({ removed }) => `Removed ${removed}.\n`,
    );
  });
}
