import type { relayExplain } from "../admin/relay-explain.ts";
import type { OutputOf } from "../admin/use-case.ts";
import { formatTable, printable } from "./table.ts";

type Explanation = OutputOf<typeof relayExplain>;

const SENTENCES: Readonly<Record<Explanation["decision"], string>> = {
  relay: "Relayed: the server takes it and sends it on to the recipient's server",
  deliver: "Delivered: the recipient is here, so no right to relay is needed",
  reject: "Refused",
  defer: "Put off: something could not be looked up, so the client is told to try again",
};

/** An explanation for a person at three in the morning: the answer, the way to it, the reply, and what would turn it. */
export function formatExplanation(explanation: Explanation, bold: (text: string) => string): string {
  return [
    `${bold(`${SENTENCES[explanation.decision]} (${explanation.reason}).`)}\n`,
    formatGrounds(explanation),
    "\nWhat was looked at\n",
    formatSteps(explanation.steps),
    "\nReply\n",
    `  ${explanation.reply.code} ${explanation.reply.status} ${printable(explanation.reply.text)}\n`,
    formatFlips(explanation),
  ].join("");
}

function formatGrounds({ grounds, policy }: Explanation): string {
  const held = grounds.length > 0 ? `Grounds that hold: ${grounds.join(", ")}. ` : "";
  return `${held}Decided by policy ${policy}.\n`;
}

function formatSteps(steps: Explanation["steps"]): string {
  const table = formatTable(
    [
      { head: "CHECK", cell: ({ check }) => check },
      { head: "RESULT", cell: ({ result }) => result },
      { head: "SAW", cell: ({ saw }) => saw },
    ],
    steps,
  );
  return table.replace(/^/gm, "  ").trimEnd().concat("\n");
}

function formatFlips({ flip, decision }: Explanation): string {
  if (flip.length === 0) return "";
  const isTaken = decision === "relay" || decision === "deliver";
  const lines = [`\nWhat would make the server ${isTaken ? "refuse" : "take"} it\n`];
  for (const { change, by, command, risk } of flip) {
    lines.push(`  • ${printable(change)} (${by})\n`);
    if (command !== undefined) lines.push(`      ${printable(command)}\n`);
    if (risk !== undefined) lines.push(`      Risk: ${printable(risk)}\n`);
  }
  return lines.join("");
}
