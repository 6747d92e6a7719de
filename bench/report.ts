import { availableParallelism, cpus, release } from "node:os";
import type { Figures, Load, Workload } from "./workload.ts";

/** What one peer did in one workload. */
export interface Row {
  readonly workload: string;
  readonly peer: string;
  readonly figures: Figures;
}

/** All of one run, as it is kept in a file. */
export interface BenchResult {
  readonly date: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly kernel: string;
    readonly node: string;
  };
  readonly load: Load;
  readonly rows: readonly Row[];
}

/** Puts a run's rows together with when and where they were measured. */
export function benchResult(load: Load, rows: readonly Row[], date: Date): BenchResult {
  const machine = {
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    kernel: release(),
    node: process.version,
  };
  return { date: date.toISOString(), machine, load, rows };
}

const COLUMNS = [
  { title: "accepted/s", figure: "acceptedPerSecond", digits: 0 },
  { title: "delivered/s", figure: "deliveredPerSecond", digits: 0 },
  { title: "CPU ms/message", figure: "cpuMsPerMessage", digits: 2 },
] as const;

/**
 * The table of one workload: a line for each peer, and below it how many times better the first peer is than each
 * other: its messages a second through the other's, the other's processor time through its own.
 */
export function formatTable(workload: Workload, rows: readonly Row[]): string {
  const mine = rows.filter((row) => row.workload === workload.name);
  const [first, ...others] = mine;
  const lines = [line(["", ...COLUMNS.map((column) => column.title)])];
  for (const { peer, figures } of mine) {
    const cells = COLUMNS.map(({ figure, digits }) => figures[figure].toFixed(digits));
    lines.push(line([`${peer} ${figures.version}`, ...cells]));
  }
  if (first !== undefined) {
    for (const other of others) {
      const name = `${first.peer} is better than ${other.peer} by`;
      lines.push(line([name, ...ratios(first.figures, other.figures)]));
    }
  }
  return [`${workload.name}: ${workload.says}`, ...lines].join("\n");
}

function ratios(mine: Figures, other: Figures): string[] {
  return COLUMNS.map(({ figure }) => {
    const lessIsBetter = figure === "cpuMsPerMessage";
    const ratio = lessIsBetter ? other[figure] / mine[figure] : mine[figure] / other[figure];
    return `${ratio.toFixed(1)}×`;
  });
}

function line(cells: readonly string[]): string {
  const [name = "", ...figures] = cells;
  return `  ${name.padEnd(40)}${figures.map((cell) => cell.padStart(16)).join("")}`;
}
