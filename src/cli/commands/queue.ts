import { type Command, Option } from "commander";
import {
  queueDrop,
  queueHold,
  queueList,
  queueRelease,
  queueRetry,
  queueShow,
  queueStats,
} from "../../admin/queue.ts";
import type { QueueRowView } from "../../admin/queue-views.ts";
import { usage } from "../cli-failure.ts";
import { confirmOrStop, given } from "../command-context.ts";
import { formatFields, formatTable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";
import { wholeNumber } from "./whole-number.ts";

/** `queue list|show|retry|hold|release|drop|stats`. */
export function addQueueCommands(program: Command, contextOf: ContextOf): void {
  const queue = addNoun(program, "queue", "Mail that has been taken and not been delivered yet");
  withFilter(
    addVerb(queue, "list", {
      summary: "List the rows, one for each recipient",
      examples: ["queue list", "queue list --destination example.test --limit 20"],
    }),
  )
    .option("--limit <number>", "how many at most (default: 100)", wholeNumber)
    .action(async (options: Filter & { limit?: number }) => {
      const context = contextOf();
      context.show(await context.send(queueList, given(options)), (rows) =>
        rows.length === 0 ? "The queue is empty.\n" : formatTable(COLUMNS, rows),
      );
    });
  addShow(queue, contextOf);
  addStats(queue, contextOf);
  addAction(queue, contextOf, queueRetry, "Try rows again now", "due now");
  addAction(queue, contextOf, queueHold, "Hold rows until they are released", "held");
  addAction(queue, contextOf, queueRelease, "Release rows that are held", "released");
  addAction(queue, contextOf, queueDrop, "Delete rows for good; senders are not told", "deleted");
}

interface Filter {
  readonly lane?: "local" | "outbound";
  readonly destination?: string;
  readonly sender?: string;
  readonly login?: string;
}

function withFilter(command: Command): Command {
  return command
    .addOption(
      new Option("--lane <lane>", "only these: to mailboxes here, or to other servers").choices([
        "local",
        "outbound",
      ]),
    )
    .option("--destination <domain>", "only those to this domain")
    .option("--sender <address>", "only those from this sender")
    .option("--login <account>", "only those that this account sent");
}

const COLUMNS = [
  { head: "ID", cell: ({ id }: QueueRowView) => id },
  { head: "STATE", cell: ({ state }: QueueRowView) => (state === "relay-off" ? "held: relay off" : state) },
  { head: "SENDER", cell: ({ sender }: QueueRowView) => sender || "<>" },
  { head: "RECIPIENT", cell: ({ recipient }: QueueRowView) => recipient },
  { head: "TRIED", cell: ({ attempts }: QueueRowView) => attempts, align: "right" },
  { head: "NEXT ATTEMPT", cell: ({ nextAttemptAt }: QueueRowView) => shortTime(nextAttemptAt) },
  { head: "LAST ANSWER", cell: ({ last }: QueueRowView) => last?.diagnostic.slice(0, 60) },
] as const;

function addShow(queue: Command, contextOf: ContextOf): void {
  addVerb(queue, "show <id>", {
    summary: "Show a row with its message's envelope and last answer",
    examples: ["queue show 0F3K9QZ7A2M"],
  }).action(async (id: string) => {
    const context = contextOf();
    context.show(await context.send(queueShow, { id }), (row) =>
      formatFields([
        ["row", row.id],
        ["message", row.message],
        ["state", row.state],
        ["lane", row.lane],
        ["sender", row.sender || "<>"],
        ["recipient", row.recipient],
        ["goes to", row.target],
        ["destination", row.destination],
        ["bytes", row.bytes],
        ["accepted", shortTime(row.acceptedAt)],
        ["from client", `${row.client} on ${row.listener}`],
        ["login", row.login],
        ["attempts", row.attempts],
        ["next attempt", shortTime(row.nextAttemptAt)],
        ["given up", shortTime(row.expiresAt)],
        ["last answer", row.last && `${row.last.kind} ${row.last.status} ${row.last.diagnostic}`],
        ["answer of", row.last?.remote],
        ["decision", row.decision],
      ]),
    );
  });
}

function addStats(queue: Command, contextOf: ContextOf): void {
  addVerb(queue, "stats", { summary: "Count the queue by lane and state", examples: ["queue stats"] }).action(
    async () => {
      const context = contextOf();
      context.show(await context.send(queueStats, {}), ({ lanes, outboundHeldByRelayOff, oldestAt }) => {
        const table = formatTable(
          [
            { head: "LANE", cell: ([lane]) => lane },
            { head: "WAITING", cell: ([, counts]) => counts.waiting, align: "right" },
            { head: "IN PROGRESS", cell: ([, counts]) => counts.leased, align: "right" },
            { head: "HELD", cell: ([, counts]) => counts.held, align: "right" },
          ],
          Object.entries(lanes),
        );
        const oldest =
          oldestAt === undefined ? "" : `\nThe oldest has waited since ${shortTime(oldestAt)}.\n`;
        const off = outboundHeldByRelayOff
          ? "\nRelay is off: everything outbound is held until it is on.\n"
          : "";
        return `${table}${oldest}${off}`;
      });
    },
  );
}

type ActionCase = typeof queueRetry;

function addAction(
  queue: Command,
  contextOf: ContextOf,
  useCase: ActionCase,
  summary: string,
  done: string,
): void {
  const verb = useCase.name.replace("queue.", "");
  withFilter(
    addVerb(queue, `${verb} [ids...]`, {
      summary,
      examples: [
        `queue ${verb} 0F3K9QZ7A2M`,
        `queue ${verb} --destination example.test`,
        `queue ${verb} --all`,
      ],
    }),
  )
    .option("--all", "every row")
    .action(async (ids: string[], options: Filter & { all?: boolean }) => {
      const context = contextOf();
      if (ids.length === 0 && Object.keys(options).length === 0) {
        throw usage(`say which rows: ids, --destination, --sender, --login, --lane, or --all`);
      }
      if (useCase === queueDrop) {
        await confirmOrStop(context, "Delete these messages for good? Their senders are not told.");
      }
      const output = await context.send(useCase, { ...(ids.length > 0 ? { ids } : {}), ...given(options) });
      context.show(output, ({ rows }) => `${rows} ${rows === 1 ? "row" : "rows"} ${done}.\n`);
    });
}
