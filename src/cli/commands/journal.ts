import { type Command, Option } from "commander";
import { type DecisionView, journalSearch, journalShow } from "../../admin/journal.ts";
import { REASONS, type Reason } from "../../relay/reason.ts";
import { given } from "../command-context.ts";
import { formatFields, formatTable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";
import { wholeNumber } from "./whole-number.ts";

interface SearchOptions {
  readonly since?: string;
  readonly until?: string;
  readonly client?: string;
  readonly login?: string;
  readonly sender?: string;
  readonly recipient?: string;
  readonly reason?: Reason;
  readonly limit?: number;
}

/** `journal search|show`. */
export function addJournalCommands(program: Command, contextOf: ContextOf): void {
  const journal = addNoun(program, "journal", "Every decision, kept");
  addVerb(journal, "search", {
    summary: "Search the decisions, newest first",
    examples: [
      "journal search --since 1h",
      "journal search --client 192.0.2.7 --reason denied-no-ground",
      "journal search --recipient bob@other.test --since 2026-11-24T08:00Z --json",
    ],
  })
    .option("--since <when>", "a date, a date with time and zone, or a duration back such as 2h")
    .option("--until <when>", "the same for the end")
    .option("--client <ip>", "the client's address")
    .option("--login <account>", "who had logged in")
    .option("--sender <address>", "MAIL FROM")
    .option("--recipient <address>", "RCPT TO")
    .addOption(new Option("--reason <reason>", "why it was so").choices([...REASONS]))
    .option("--limit <number>", "how many at most (default: 50)", wholeNumber)
    .action(async (options: SearchOptions) => {
      const context = contextOf();
      context.show(await context.send(journalSearch, given(options)), (rows) =>
        rows.length === 0 ? "Nothing found.\n" : formatTable(COLUMNS, rows),
      );
    });
  addVerb(journal, "show <id>", {
    summary: "Show one decision by the id at the end of its reply",
    examples: ["journal show 0F3K9QZ7A2M"],
  }).action(async (id: string) => {
    const context = contextOf();
    context.show(await context.send(journalShow, { id }), formatDecision);
  });
}

const COLUMNS = [
  { head: "TIME", cell: ({ at }: DecisionView) => shortTime(at) },
  { head: "ID", cell: ({ id }: DecisionView) => id },
  { head: "CLIENT", cell: ({ client }: DecisionView) => client },
  { head: "SENDER", cell: ({ sender }: DecisionView) => sender || "<>" },
  { head: "RECIPIENT", cell: ({ recipient }: DecisionView) => recipient },
  { head: "VERDICT", cell: ({ verdict }: DecisionView) => verdict },
  { head: "REASON", cell: ({ reason }: DecisionView) => reason },
] as const;

function formatDecision(decision: DecisionView): string {
  return formatFields([
    ["decision", decision.id],
    ["time", shortTime(decision.at)],
    ["verdict", decision.verdict],
    ["reason", decision.reason],
    ["grounds", decision.grounds.join(", ")],
    ["answers for it", decision.identity],
    ["client", `${decision.client} on ${decision.listener}${decision.tls ? ", with TLS" : ", without TLS"}`],
    ["helo", decision.helo],
    ["login", decision.login],
    ["sender", decision.sender || "<>"],
    ["recipient", decision.recipient],
    ["reply", decision.reply],
    ["policy", decision.policy],
    ["message", decision.message],
  ]);
}
