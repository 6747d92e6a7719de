import type { Command } from "commander";
import { domainAdd, domainList, domainRemove, domainSetCatchAll, domainShow } from "../../admin/domains.ts";
import { given } from "../command-context.ts";
import { formatFields, formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `domain add|list|show|remove|set-catch-all`. */
export function addDomainCommands(program: Command, contextOf: ContextOf): void {
  const domain = addNoun(program, "domain", "Domains that are hosted here");
  addVerb(domain, "add <domain>", {
    summary: "Host a domain: mail for it is delivered here",
    examples: ["domain add example.test --postoffice acme"],
  })
    .option("--postoffice <name>", "whose it is; may be left out where there is only one")
    .action(async (name: string, options: { postoffice?: string }) => {
      const context = contextOf();
      const made = await context.send(domainAdd, { domain: name, ...given(options) });
      context.show(made, (output) => `${output.domain} is hosted here now, for ${output.postoffice}.\n`);
    });
  addVerb(domain, "list", { summary: "List the hosted domains", examples: ["domain list"] }).action(
    async () => {
      const context = contextOf();
      context.show(await context.send(domainList, {}), (rows) =>
        formatTable(
          [
            { head: "DOMAIN", cell: (row) => row.domain },
            { head: "POST OFFICE", cell: ({ postoffice }) => postoffice },
            { head: "MAILBOXES", cell: ({ mailboxes }) => mailboxes, align: "right" },
            { head: "ADDRESSES", cell: ({ addresses }) => addresses, align: "right" },
            { head: "CATCH-ALL", cell: ({ catchAll }) => catchAll },
          ],
          rows,
        ),
      );
    },
  );
  addShow(domain, contextOf);
  addVerb(domain, "remove <domain>", {
    summary: "Stop hosting a domain that has no mailboxes, addresses or groups",
    examples: ["domain remove example.test"],
  }).action(async (name: string) => {
    const context = contextOf();
    const output = await context.send(domainRemove, { domain: name });
    context.show(output, ({ removed }) => `${removed} is not hosted here any more.\n`);
  });
  addSetCatchAll(domain, contextOf);
}

function addShow(domain: Command, contextOf: ContextOf): void {
  addVerb(domain, "show <domain>", {
    summary: "Show a domain with its mailboxes, addresses and groups",
    examples: ["domain show example.test"],
  }).action(async (name: string) => {
    const context = contextOf();
    context.show(await context.send(domainShow, { domain: name }), (shown) =>
      formatFields([
        ["domain", shown.domain],
        ["post office", shown.postoffice],
        ["catch-all", shown.catchAll],
        ["mailboxes", shown.mailboxes.join(", ")],
        ["addresses", shown.addresses.map(({ address, to }) => `${address} → ${to}`).join(", ")],
        ["groups", shown.groups.map(({ group }) => group).join(", ")],
      ]),
    );
  });
}

function addSetCatchAll(domain: Command, contextOf: ContextOf): void {
  addVerb(domain, "set-catch-all <domain>", {
    summary: "Say where mail for unknown names of a domain goes; without --to it is refused",
    examples: [
      "domain set-catch-all example.test --to alice@example.test",
      "domain set-catch-all example.test",
    ],
  })
    .option("--to <address>", "where it goes")
    .action(async (name: string, options: { to?: string }) => {
      const context = contextOf();
      const output = await context.send(domainSetCatchAll, { domain: name, ...given(options) });
      context.show(output, (done) =>
        done.catchAll !== undefined
          ? `Mail for unknown names of ${done.domain} goes to ${done.catchAll}.\n`
          : `Mail for unknown names of ${done.domain} is refused.\n`,
      );
    });
}
