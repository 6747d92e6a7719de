import type { Command } from "commander";
import { privilegedAdd, privilegedList, privilegedRemove } from "../../admin/privileged.ts";
import type { OutputOf } from "../../admin/use-case.ts";
import { given, sendConfirmed } from "../command-context.ts";
import { formatTable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf, collect } from "./noun.ts";
import { confirmOption } from "./relay.ts";
import { wholeNumber } from "./whole-number.ts";

/** `privileged add|list|remove`. */
export function addPrivilegedCommands(program: Command, contextOf: ContextOf): void {
  const privileged = addNoun(program, "privileged", "IP ranges that may relay without logging in");
  addAdd(privileged, contextOf);
  addVerb(privileged, "list", {
    summary: "List the ranges with their use today",
    examples: ["privileged list", "privileged list --json"],
  }).action(async () => {
    const context = contextOf();
    context.show(await context.send(privilegedList, {}), (entries) =>
      entries.length === 0 ? "No range is privileged.\n" : formatTable(COLUMNS, entries),
    );
  });
  addVerb(privileged, "remove <entry>", {
    summary: "Take a range away, by its number or as it is written in the list",
    examples: ["privileged remove 3", "privileged remove 192.0.2.0/28"],
  }).action(async (entry: string) => {
    const context = contextOf();
    context.show(await context.send(privilegedRemove, { entry }), ({ removed, range }) => {
      return `Entry ${removed}, ${range}, is privileged no more.\n`;
    });
  });
}

interface AddOptions {
  readonly label?: string;
  readonly owner?: string;
  readonly note?: string;
  readonly expires?: string;
  readonly senders?: string[];
  readonly recipients?: string[];
  readonly daily?: number;
  readonly confirm?: "weak" | "open";
}

function addAdd(privileged: Command, contextOf: ContextOf): void {
  addVerb(privileged, "add <range>", {
    summary: "Let an address, a CIDR block or first-last relay without logging in",
    examples: [
      "privileged add 192.0.2.0/28 --label printers --owner it@example.test",
      "privileged add 2001:db8::25 --label web --expires 2027-03-31 --senders shop@example.test --daily 5000",
      "privileged add 192.0.2.10-192.0.2.19 --label scanners --recipients example.test",
    ],
  })
    .option("--label <text>", "what it is")
    .option("--owner <text>", "whom to ask about it")
    .option("--note <text>", "why it is there")
    .option("--expires <when>", "a date, a date with time and zone, or a duration from now such as 30d")
    .option("--senders <list>", "addresses and domains that may send; with commas or several times", collect)
    .option("--recipients <list>", "domains that may be sent to; with commas or several times", collect)
    .option("--daily <number>", "recipients a day at most", wholeNumber)
    .addOption(confirmOption())
    .action(async (range: string, options: AddOptions) => {
      const context = contextOf();
      const { confirm: typed, ...rest } = options;
      const output = await sendConfirmed(
        context,
        (confirm) => context.send(privilegedAdd, { range, ...given(rest), ...given({ confirm }) }),
        typed,
      );
      context.show(output, (entry) =>
        [`Entry ${entry.id}: ${entry.range} is privileged.`, ...entry.notes]
          .map((line) => `${line}\n`)
          .join(""),
      );
    });
}

type Entry = OutputOf<typeof privilegedList>[number];

const COLUMNS = [
  { head: "ID", cell: ({ id }: Entry) => id, align: "right" },
  { head: "RANGE", cell: ({ range }: Entry) => range },
  { head: "IN FORCE", cell: ({ inForce }: Entry) => (inForce ? "yes" : "no") },
  { head: "LABEL", cell: ({ label }: Entry) => label },
  { head: "OWNER", cell: ({ owner }: Entry) => owner },
  { head: "EXPIRES", cell: ({ expiresAt }: Entry) => (expiresAt === undefined ? "" : shortTime(expiresAt)) },
  {
    head: "TODAY",
    cell: ({ usedToday, dailyCap }: Entry) => (dailyCap ? `${usedToday}/${dailyCap}` : usedToday),
  },
  { head: "SENDERS", cell: ({ senders }: Entry) => senders.join(",") || "any" },
  { head: "RECIPIENTS", cell: ({ recipients }: Entry) => recipients.join(",") || "any" },
] as const;
