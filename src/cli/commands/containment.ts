import type { Command } from "commander";
import {
  containmentAlerts,
  containmentContain,
  containmentList,
  containmentPurge,
  containmentRelease,
  containmentShow,
} from "../../admin/containments.ts";
import { confirmOrStop, given } from "../command-context.ts";
import { formatFields, formatTable, printable, shortTime } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

/** `containment list|show|contain|purge|release|alerts`. */
export function addContainmentCommands(program: Command, contextOf: ContextOf): void {
  const containment = addNoun(program, "containment", "Accounts that were stopped from sending");
  addListAndShow(containment, contextOf);
  addVerb(containment, "contain <mailbox>", {
    summary: "Stop an account from sending, end its sessions and grants, and hold its queued mail",
    examples: ["containment contain alice@example.test --reason 'her laptop was stolen'"],
  })
    .option("--reason <text>", "why, for those who look later")
    .action(async (mailbox: string, options: { reason?: string }) => {
      const context = contextOf();
      const done = await context.send(containmentContain, { mailbox, ...given(options) });
      context.show(done, ({ account }) => `${account} cannot send any more, and its queued mail is held.\n`);
    });
  addVerb(containment, "purge <mailbox>", {
    summary: "Delete what a contained account still has queued for other servers",
    examples: ["containment purge alice@example.test --yes"],
  }).action(async (mailbox: string) => {
    const context = contextOf();
    await confirmOrStop(context, `Delete the queued mail of ${mailbox} for good? Nobody is told.`);
    const done = await context.send(containmentPurge, { mailbox });
    context.show(done, ({ account, rowsDeleted }) => `Deleted of ${account}: ${rowsDeleted}.\n`);
  });
  addVerb(containment, "release <mailbox>", {
    summary: "Let a contained account send again, and its held mail go on",
    examples: ["containment release alice@example.test"],
  }).action(async (mailbox: string) => {
    const context = contextOf();
    const done = await context.send(containmentRelease, { mailbox });
    context.show(done, ({ account, rowsReleased }) => {
      return `${account} may send again. Released from the queue: ${rowsReleased}.\n`;
    });
  });
  addAlerts(containment, contextOf);
}

function addListAndShow(containment: Command, contextOf: ContextOf): void {
  addVerb(containment, "list", {
    summary: "List the accounts that have been contained, newest first",
    examples: ["containment list"],
  }).action(async () => {
    const context = contextOf();
    context.show(await context.send(containmentList, {}), (rows) =>
      rows.length === 0
        ? "Nobody has been contained.\n"
        : formatTable(
            [
              { head: "ACCOUNT", cell: ({ account }) => account },
              { head: "SINCE", cell: ({ at }) => shortTime(at) },
              { head: "UNTIL", cell: ({ releasedAt }) => (releasedAt ? shortTime(releasedAt) : "") },
              { head: "BY", cell: ({ by }) => by },
              { head: "CAUSE", cell: ({ cause }) => cause },
            ],
            rows,
          ),
    );
  });
  addVerb(containment, "show <mailbox>", {
    summary: "Show why an account was contained, with a sample of what it sent",
    examples: ["containment show alice@example.test"],
  }).action(async (mailbox: string) => {
    const context = contextOf();
    context.show(await context.send(containmentShow, { mailbox }), (shown) => {
      const head = formatFields([
        ["account", shown.account],
        ["contained", shortTime(shown.at)],
        ["cause", shown.cause],
        ["by", shown.by],
        ["released", shown.releasedAt && `${shortTime(shown.releasedAt)} by ${shown.releasedBy}`],
        ["held in the queue", shown.rowsHeld],
      ]);
      const messages = shown.sample.map(({ message, acceptedAt, client, sender, recipients, header }) => {
        const about = `${message} ${shortTime(acceptedAt)} from ${client}: <${sender}> to ${recipients.join(", ")}`;
        const fields = header.trimEnd().split(/\r?\n/);
        const lines = [about, ...fields.map((field) => `  ${field}`)];
        return `\n${lines.map((line) => `${printable(line).trimEnd()}\n`).join("")}`;
      });
      return `${head}${messages.join("")}`;
    });
  });
}

function addAlerts(containment: Command, contextOf: ContextOf): void {
  addVerb(containment, "alerts", {
    summary: "Show or set who is told of a containment",
    examples: [
      "containment alerts",
      "containment alerts --mail ops@example.test --webhook https://hooks.example.test/postern",
      "containment alerts --webhook ''",
    ],
  })
    .option("--mail <address>", "who gets a mail; empty: the postmaster of the account's domain")
    .option("--webhook <url>", "an https address that gets a POST of JSON; empty: none")
    .action(async (options: { mail?: string; webhook?: string }) => {
      const context = contextOf();
      context.show(await context.send(containmentAlerts, given(options)), ({ mail, webhook }) =>
        formatFields([
          ["mail", mail ?? "the postmaster of the account's domain"],
          ["webhook", webhook ?? "none"],
        ]),
      );
    });
}
