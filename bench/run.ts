// npm run bench: measures Postern and other mail servers at the same work, one after the other.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installTestTools } from "../scripts/debian-packages.ts";
import type { Peer } from "./peer.ts";
import { postern } from "./peers/postern.ts";
import { postfix } from "./peers/postfix.ts";
import { benchResult, formatTable, type Row } from "./report.ts";
import type { Load, Workload } from "./workload.ts";
import { relayNewConnections } from "./workloads/relay-new-connections.ts";
import { relayOpenSessions } from "./workloads/relay-open-sessions.ts";

/** The first is compared with each of the others. */
const PEERS: readonly Peer[] = [postern, postfix];
const WORKLOADS: readonly Workload[] = [relayNewConnections, relayOpenSessions];

const OPTIONS = {
  messages: { type: "string", default: "3000" },
  size: { type: "string", default: "4096" },
  sessions: { type: "string", default: "20" },
  peers: { type: "string", default: PEERS.map((peer) => peer.name).join(",") },
  workloads: { type: "string", default: WORKLOADS.map((workload) => workload.name).join(",") },
  help: { type: "boolean", short: "h", default: false },
} as const;

const HELP = `npm run bench -- [OPTION…]

Measures mail servers at the same work on loopback, one after the other, never two at once: smtp-source sends, the
server takes each message and passes it on, smtp-sink counts what arrives. Each server starts afresh in a temporary
folder with the settings it is shipped with, and takes some messages before it is measured. Processor time is that of
all of a server's processes; source and sink are not counted.

  --messages N      messages in each measurement (${OPTIONS.messages.default})
  --size BYTES      bytes of each message (${OPTIONS.size.default})
  --sessions N      sessions at a time (${OPTIONS.sessions.default})
  --peers LIST      ${PEERS.map((peer) => `${peer.name} (needs ${peer.needs})`).join(", ")}
  --workloads LIST  ${WORKLOADS.map((workload) => workload.name).join(", ")}

Linux only. Missing Debian packages are installed where root or sudo allows it, the same as for npm test.
Prints a table for each workload and writes all figures to bench/results/.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const load: Load = {
    messages: wholeNumber("messages", values.messages),
    sizeBytes: wholeNumber("size", values.size),
    sessions: wholeNumber("sessions", values.sessions),
  };
  const peers = named("peer", PEERS, values.peers);
  const workloads = named("workload", WORKLOADS, values.workloads);
  installTestTools();
  const rows: Row[] = [];
  for (const workload of workloads) {
    for (const peer of peers) {
      process.stderr.write(`${workload.name}: ${peer.name} …\n`);
      rows.push({ workload: workload.name, peer: peer.name, figures: await workload.run(peer, load) });
    }
    process.stdout.write(`${formatTable(workload, rows)}\n\n`);
  }
  const result = benchResult(load, rows, new Date());
  const folder = join(import.meta.dirname, "results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${result.date.replaceAll(":", "-")}.json`);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(
    `${load.messages} messages of ${load.sizeBytes} bytes, ${load.sessions} sessions. Written to ${file}.\n`,
  );
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} ${text}: a whole number from 1 on is needed.`);
  return Number(text);
}

/** The ones that a list such as `a,b` names, in their own order. */
function named<T extends { readonly name: string }>(kind: string, all: readonly T[], list: string): T[] {
  const names = new Set(list.split(","));
  const found = all.filter((one) => names.delete(one.name));
  const [unknown] = names;
  if (unknown === undefined) return found;
  throw new Error(`There is no ${kind} "${unknown}". There are: ${all.map((one) => one.name).join(", ")}.`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
