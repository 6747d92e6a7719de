import type { Command } from "commander";
import { type GrantView, popGrantAllow, popGrantList, popGrantRevoke } from "../../admin/pop-grants.ts";
import { formatTable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `pop-grant list|allow|revoke`. */
export function addPopGrantCommands(program: Command, contextOf: ContextOf): void {
  const grants = addNoun(program, "pop-grant", "Addresses that a POP login lets relay for a while");
  addVerb(grants, "list", {
    summary: "List the grants, and until when they hold",
    examples: ["pop-grant list", "pop-grant list --json"],
  }).action(async () => {
    const context = contextOf();
    context.show(await context.send(popGrantList, {}), (views) =>
      views.length === 0 ? "There are no grants.\n" : formatTable(COLUMNS, views),
    );
  });
  addVerb(grants, "allow <ip>", {
    summary: "Let an address relay for the period, by hand",
    examples: ["pop-grant allow 192.0.2.7"],
  }).action(async (ip: string) => {
    const context = contextOf();
    context.show(await context.send(popGrantAllow, { ip }), ({ client, validUntil, notes }) => {
      return [`${client} may relay until ${shortTime(validUntil)}.`, ...notes, ""].join("\n");
    });
  });
  addVerb(grants, "revoke <ip>", {
    summary: "End the grant of an address at once",
    examples: ["pop-grant revoke 192.0.2.7", "pop-grant revoke 2001:db8::7"],
  }).action(async (ip: string) => {
    const context = contextOf();
    context.show(await context.send(popGrantRevoke, { ip }), ({ revoked }) => {
      return `The grant of ${revoked} has ended.\n`;
    });
  });
}

const COLUMNS = [
  { head: "CLIENT", cell: (view: GrantView) => ("client" in view ? view.client : view.file) },
  { head: "IN FORCE", cell: (view: GrantView) => ("inForce" in view && view.inForce ? "yes" : "no") },
  { head: "UNTIL", cell: (view: GrantView) => ("validUntil" in view ? shortTime(view.validUntil) : "") },
  {
    head: "ACCOUNTS",
    cell: (view: GrantView) =>
      "problem" in view ? view.problem : view.accounts.join(",") || "without identity",
  },
] as const;
