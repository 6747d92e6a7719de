import type { Command } from "commander";
import { type LoginBlockView, loginBlockList, loginBlockRemove } from "../../admin/login-blocks.ts";
import { formatTable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `login-block list|remove`. */
export function addLoginBlockCommands(program: Command, contextOf: ContextOf): void {
  const blocks = addNoun(program, "login-block", "Who is kept out for guessing passwords");
  addVerb(blocks, "list", {
    summary: "List who is blocked, and until when",
    examples: ["login-block list", "login-block list --json"],
  }).action(async () => {
    const context = contextOf();
    context.show(await context.send(loginBlockList, {}), (views) =>
      views.length === 0 ? "Nobody is blocked.\n" : formatTable(COLUMNS, views),
    );
  });
  addVerb(blocks, "remove <ip-or-login>", {
    summary: "End the blocks of an address or login at once",
    examples: ["login-block remove 192.0.2.7", "login-block remove alice@example.test"],
  }).action(async (subject: string) => {
    const context = contextOf();
    const done = await context.send(loginBlockRemove, { subject });
    context.show(done, ({ subject: whose }) => `Logins are looked at again: ${whose}.\n`);
  });
}

const COLUMNS = [
  { head: "NETWORK", cell: ({ network }: LoginBlockView) => network ?? "any" },
  { head: "LOGIN", cell: ({ login }: LoginBlockView) => login ?? "any" },
  { head: "SINCE", cell: ({ since }: LoginBlockView) => shortTime(since) },
  { head: "UNTIL", cell: ({ until }: LoginBlockView) => shortTime(until) },
  { head: "BLOCKS", cell: ({ round }: LoginBlockView) => round },
] as const;
