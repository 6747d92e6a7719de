// npm run bench: measures Postern and other mail servers at the same work, one after the other.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installTestTools } from "../scripts/debian-packages.ts";
import { chosen, helpText, readCommandLine, type Told } from "./command-line.ts";
import { chartOf, withFigures } from "./document.ts";
import type { Peer } from "./peer.ts";
import { acceptAndDrop } from "./peers/accept-and-drop.ts";
import { dovecot } from "./peers/dovecot.ts";
import { haraka } from "./peers/haraka.ts";
import { postern } from "./peers/postern.ts";
import { postfix } from "./peers/postfix.ts";
import { type BenchResult, describeMachine, runWorkload, type WorkloadResult } from "./results.ts";
import { formatText, tableOf } from "./table.ts";
import type { Workload } from "./workload.ts";
import { acceptNewConnections } from "./workloads/accept-new-connections.ts";
import { acceptOpenSessions } from "./workloads/accept-open-sessions.ts";
import { decisions } from "./workloads/decisions.ts";
import { deepQueue } from "./workloads/deep-queue.ts";
import { idleSessions } from "./workloads/idle-sessions.ts";
import { maildirDelivery } from "./workloads/maildir.ts";
import { popLogins } from "./workloads/pop-logins.ts";
import { popRetrieve } from "./workloads/pop-retrieve.ts";
import { relayNewConnections } from "./workloads/relay-new-connections.ts";
import { relayOpenSessions } from "./workloads/relay-open-sessions.ts";

/** The first is compared with each of the others. */
const PEERS: readonly Peer[] = [postern, postfix, haraka, acceptAndDrop, dovecot];
const WORKLOADS: readonly Workload[] = [
  acceptNewConnections,
  acceptOpenSessions,
  relayNewConnections,
  relayOpenSessions,
  maildirDelivery,
  idleSessions,
  deepQueue,
  popRetrieve,
  popLogins,
  decisions,
];
const DOCS = join(import.meta.dirname, "..", "docs");

async function main(): Promise<void> {
  const told = readCommandLine(process.argv.slice(2));
  if (told.help) {
    process.stdout.write(helpText(PEERS, WORKLOADS));
    return;
  }
  const result = told.from === undefined ? await measure(told) : await readResult(told.from);
  if (told.docs) await writeDocs(result);
}

async function measure(told: Told): Promise<BenchResult> {
  const peers = chosen("peer", PEERS, told.peers);
  const chosenWorkloads = chosen("workload", WORKLOADS, told.workloads);
  installTestTools();
  const workloads: WorkloadResult[] = [];
  for (const workload of chosenWorkloads) {
    const cases = workload.cases(peers);
    if (cases.length === 0) continue;
    const note = (text: string) => void process.stderr.write(`${text} …\n`);
    const result = await runWorkload(workload, cases, told.load, told.runs, note);
    show(result);
    workloads.push(result);
  }
  const { load, runs } = told;
  const result = { date: new Date().toISOString(), machine: describeMachine(), load, runs, workloads };
  const folder = join(import.meta.dirname, "results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${result.date.replaceAll(":", "-")}.json`);
  await writeFile(file, asJson(result));
  process.stdout.write(`Written to ${file}.\n`);
  return result;
}

async function readResult(file: string): Promise<BenchResult> {
  const result = JSON.parse(await readFile(file, "utf8")) as BenchResult;
  for (const workload of result.workloads) show(workload);
  return result;
}

function show(workload: WorkloadResult): void {
  process.stdout.write(`${workload.name}: ${workload.says}\n${formatText(tableOf(workload))}\n\n`);
}

async function writeDocs(result: BenchResult): Promise<void> {
  const file = join(DOCS, "benchmarks.md");
  await writeFile(file, withFigures(await readFile(file, "utf8"), result));
  await writeFile(join(DOCS, "benchmarks.json"), asJson(result));
  await mkdir(join(DOCS, "images"), { recursive: true });
  await writeFile(join(DOCS, "images", "benchmarks.svg"), chartOf(result));
}

function asJson(result: BenchResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
