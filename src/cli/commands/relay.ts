import { type Command, Option } from "commander";
import { relayExplain } from "../../admin/relay-explain.ts";
import { type PolicyView, relaySet, relayShow } from "../../admin/relay-settings.ts";
import { summaryOf } from "../../config/relay-settings-keys.ts";
import { sendConfirmed } from "../command-context.ts";
import { formatExplanation } from "../explanation-text.ts";
import { formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `relay show|set|explain`. */
export function addRelayCommands(program: Command, contextOf: ContextOf): void {
  const relay = addNoun(program, "relay", "Who may send through this server to others");
  addVerb(relay, "show", {
    summary: "Show the settings in force and the verdict on them",
    examples: ["relay show", "relay show --json"],
  }).action(async () => {
    const context = contextOf();
    context.show(await context.send(relayShow, {}), (view) => formatPolicy(view, context.bold));
  });
  addSet(relay, contextOf);
  addExplain(relay, contextOf);
}

function addSet(relay: Command, contextOf: ContextOf): void {
  addVerb(relay, "set <key=value...>", {
    summary: "Change settings; relay show lists the keys",
    examples: [
      "relay set relay.enabled=false",
      "relay set popBeforeSmtp.enabled=true popBeforeSmtp.period=30m",
      "relay set localSenders.enabled=true --confirm weak",
    ],
  })
    .addOption(confirmOption())
    .option("--comment <text>", "why, for the history")
    .action(async (changes: string[], options: { confirm?: "weak" | "open"; comment?: string }) => {
      const context = contextOf();
      const comment = options.comment === undefined ? {} : { comment: options.comment };
      const output = await sendConfirmed(
        context,
        (confirm) => context.send(relaySet, { changes, ...comment, ...(confirm ? { confirm } : {}) }),
        options.confirm,
      );
      context.show(output, ({ changed, ...view }) => {
        const lines = changed.map(({ key, from, to }) => `${key}: ${from} → ${to}\n`);
        const done = lines.length > 0 ? lines.join("") : "Nothing to change: it is so already.\n";
        return `${done}\n${formatVerdict(view, context.bold)}`;
      });
    });
}

/** `--confirm weak|open`. */
export function confirmOption(): Option {
  const help = "that you know the server gets weak or open by this";
  return new Option("--confirm <verdict>", help).choices(["weak", "open"]);
}

function addExplain(relay: Command, contextOf: ContextOf): void {
  addVerb(relay, "explain", {
    summary: "Say what the server would answer to a client, and why",
    examples: [
      "relay explain --ip 203.0.113.9 --listener mx --from a@other.test --to b@other.test",
      "relay explain --ip 192.0.2.7 --listener submission --tls --login alice@example.test \\\n" +
        "    --from alice@example.test --to b@other.test --json",
    ],
  })
    .requiredOption("--ip <address>", "the client's address")
    .requiredOption("--listener <name>", "the listener it speaks to, as in postern.toml")
    .option("--tls", "the session is encrypted")
    .option("--login <account>", "it has logged in as this account")
    .requiredOption("--from <sender>", "MAIL FROM; '<>' for the null sender of reports")
    .requiredOption("--to <recipient>", "RCPT TO")
    .action(async (options: ExplainOptions) => {
      const context = contextOf();
      const explanation = await context.send(relayExplain, options);
      context.show(explanation, (value) => formatExplanation(value, context.bold));
    });
}

interface ExplainOptions {
  readonly ip: string;
  readonly listener: string;
  readonly tls?: boolean;
  readonly login?: string;
  readonly from: string;
  readonly to: string;
}

function formatPolicy(view: PolicyView, bold: (text: string) => string): string {
  const rows = Object.entries(view.settings).map(([key, value]) => ({ key, value, summary: summaryOf(key) }));
  const table = formatTable(
    [
      { head: "SETTING", cell: ({ key }) => key },
      { head: "VALUE", cell: ({ value }) => value },
      { head: "", cell: ({ summary }) => summary },
    ],
    rows,
  );
  return `${table}\n${formatVerdict(view, bold)}`;
}

function formatVerdict(view: Omit<PolicyView, "settings">, bold: (text: string) => string): string {
  const entries = `${view.privilegedEntries} privileged ${view.privilegedEntries === 1 ? "entry" : "entries"}`;
  const lines = [`${bold(`Policy ${view.policy} is ${view.verdict}`)}, with ${entries}.`];
  for (const line of [...view.causes, ...view.notes]) lines.push(`  ${line}`);
  return `${lines.join("\n")}\n`;
}
