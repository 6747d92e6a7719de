import type { Command } from "commander";
import { limitsList, limitsSet, limitsShow } from "../../admin/limits.ts";
import { formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `limits list|show|set`. */
export function addLimitsCommands(program: Command, contextOf: ContextOf): void {
  const limits = addNoun(
    program,
    "limits",
    "How much accounts, post offices, privileged entries and grants may send",
  );
  addVerb(limits, "list", { summary: "List the limits that are set", examples: ["limits list"] }).action(
    async () => {
      const context = contextOf();
      context.show(await context.send(limitsList, {}), (rows) =>
        rows.length === 0
          ? "No limits are set.\n"
          : formatTable(
              [
                { head: "FOR", cell: ({ subject }) => subject },
                { head: "SET", cell: ({ rules }) => formatRules(rules) },
              ],
              rows,
            ),
      );
    },
  );
  addVerb(limits, "show <subject>", {
    summary: "Show the limits that hold for somebody, and what is used of them",
    examples: ["limits show alice@example.test", "limits show postoffice:example"],
  }).action(async (subject: string) => {
    const context = contextOf();
    context.show(await context.send(limitsShow, { subject }), ({ limits: rows, containment }) => {
      const trips = Object.entries(containment).map(([name, { from, now }]) => ({
        name: CONTAINED_FOR[name] ?? name,
        limit: from,
        used: now,
      }));
      return formatTable(
        [
          { head: "LIMIT", cell: ({ name }) => name },
          { head: "USED", cell: ({ used }) => used, align: "right" },
          { head: "OF", cell: ({ limit }) => limit ?? "no limit", align: "right" },
        ],
        [...rows, ...trips],
      );
    });
  });
  addVerb(limits, "set <subject> <changes...>", {
    summary: "Set limits; none lifts one that all of a kind have, default goes by it again",
    examples: [
      "limits set 'account:*' recipientsPerDay=2000 firstTimePerDay=200",
      "limits set alice@example.test recipientsPerDay=none containFirstTime=none",
      "limits set postoffice:example messagesPerHour=1000",
      "limits set 'grant:*' recipientsPerHour=100",
    ],
  }).action(async (subject: string, changes: string[]) => {
    const context = contextOf();
    context.show(await context.send(limitsSet, { subject, changes }), (set) => {
      return `Set for ${set.subject}: ${formatRules(set.rules) || "nothing"}.\n`;
    });
  });
}

const CONTAINED_FOR: Readonly<Record<string, string>> = {
  recipients: "containRecipients (10 min)",
  firstTime: "containFirstTime (10 min)",
  failures: "containFailures (today)",
};

function formatRules(rules: Readonly<Record<string, number | "none" | undefined>>): string {
  return Object.entries(rules)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
