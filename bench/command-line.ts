import { parseArgs } from "node:util";
import type { Load } from "./workload.ts";

/** What `npm run bench` was told to do. */
export interface Told {
  readonly load: Load;
  readonly runs: number;
  /** Names, as given. */
  readonly peers: readonly string[] | undefined;
  readonly workloads: readonly string[] | undefined;
  /** A file of results to be shown in place of measuring. */
  readonly from: string | undefined;
  /** Whether the documentation is written anew. */
  readonly docs: boolean;
  readonly help: boolean;
}

const DEFAULTS = { messages: 3000, size: 4096, sessions: 20, idle: 10_000, queued: 1_000_000, runs: 1 };

const OPTIONS = {
  messages: { type: "string" },
  size: { type: "string" },
  sessions: { type: "string" },
  idle: { type: "string" },
  queued: { type: "string" },
  runs: { type: "string" },
  peers: { type: "string" },
  workloads: { type: "string" },
  from: { type: "string" },
  docs: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the options. Throws an error for a person where one is not known or makes no sense. */
export function readCommandLine(args: readonly string[]): Told {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const number = (name: keyof typeof DEFAULTS) => wholeNumber(name, values[name] ?? String(DEFAULTS[name]));
  return {
    load: {
      messages: number("messages"),
      sizeBytes: number("size"),
      sessions: number("sessions"),
      idleSessions: number("idle"),
      queued: number("queued"),
    },
    runs: number("runs"),
    peers: values.peers?.split(","),
    workloads: values.workloads?.split(","),
    from: values.from,
    docs: values.docs,
    help: values.help,
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} ${text}: a whole number from 1 on is needed.`);
  return Number(text);
}

/** The ones that a list of names chooses, in their own order; all without a list. Throws for a name that there is not. */
export function chosen<T extends { readonly name: string }>(
  kind: string,
  all: readonly T[],
  list: readonly string[] | undefined,
): readonly T[] {
  if (list === undefined) return all;
  const names = new Set(list);
  const found = all.filter((one) => names.delete(one.name));
  const [unknown] = names;
  if (unknown === undefined) return found;
  throw new Error(`There is no ${kind} "${unknown}". There are: ${all.map((one) => one.name).join(", ")}.`);
}

/** What `--help` says. */
export function helpText(
  peers: readonly { readonly name: string; readonly needs: string }[],
  workloads: readonly { readonly name: string; readonly says: string }[],
): string {
  const width = Math.max(...[...peers, ...workloads].map(({ name }) => name.length));
  const lines = (all: readonly (readonly [string, string])[]) =>
    all.map(([name, says]) => `  ${name.padEnd(width)}  ${says}`).join("\n");
  return `npm run bench -- [OPTION…]

Measures mail servers at the same work on loopback, one after the other, never two at once. Each starts afresh in a
temporary folder with the settings and the durability that it is shipped with, and takes some messages before it is
measured. smtp-source sends, smtp-sink counts what arrives, a load program of this project times the replies in a run
of its own. Processor time and memory are those of all of a server's processes; what sends and counts is left out.

  --messages N      messages in each measurement (${DEFAULTS.messages})
  --size BYTES      bytes of each message (${DEFAULTS.size})
  --sessions N      sessions at a time (${DEFAULTS.sessions})
  --idle N          sessions in idle-sessions (${DEFAULTS.idle})
  --queued N        messages in the queue of deep-queue (${DEFAULTS.queued})
  --runs N          measures all so many times and takes the median (${DEFAULTS.runs})
  --peers LIST      only these servers, as a,b
  --workloads LIST  only these workloads
  --from FILE       shows a file of results and measures nothing
  --docs            writes docs/benchmarks.md, its chart and docs/benchmarks.json anew

Servers, and what each needs:
${lines(peers.map(({ name, needs }) => [name, needs]))}

Workloads:
${lines(workloads.map(({ name, says }) => [name, says]))}

Linux only. Missing Debian packages (postfix, which has smtp-source and smtp-sink, and others) are installed where root
or sudo allows it, the same as for npm test; Haraka is fetched from the npm registry. idle-sessions needs a limit of
open files (ulimit -Hn) above --idle; deep-queue needs as much disk as its messages, and some
minutes to fill the queue.
Prints a table for each workload and writes all figures to bench/results/.
`;
}
