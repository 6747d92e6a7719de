import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { Figures, MetricName } from "./metrics.ts";
import { medianFigures } from "./stats.ts";
import type { Case, Load, Workload } from "./workload.ts";

/** What one case did. */
export interface CaseResult {
  readonly name: string;
  readonly version: string;
  /** The median of each metric over the runs. */
  readonly figures: Figures;
  readonly runs: readonly Figures[];
}

/** What was measured of one workload. */
export interface WorkloadResult {
  readonly name: string;
  readonly says: string;
  readonly charted: readonly MetricName[];
  /** The first is compared with each of the others. */
  readonly cases: readonly CaseResult[];
}

/** Where it was measured. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
}

/** All of one `npm run bench`, as it is kept in a file. */
export interface BenchResult {
  readonly date: string;
  readonly machine: Machine;
  readonly load: Load;
  readonly runs: number;
  readonly workloads: readonly WorkloadResult[];
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    // Without what a distribution or a host adds.
    kernel: release().split("-")[0] ?? "",
    node: process.version,
  };
}

/**
 * Measures all cases of a workload so many times, in turns, so that what disturbs the machine for a while disturbs them
 * all alike.
 */
export async function runWorkload(
  { name, says, charted }: Workload,
  cases: readonly Case[],
  load: Load,
  runs: number,
  onCase: (text: string) => void,
): Promise<WorkloadResult> {
  const measured = cases.map(() => ({ version: "", runs: [] as Figures[] }));
  for (let run = 1; run <= runs; run += 1) {
    for (const [index, each] of cases.entries()) {
      onCase(`${name}: ${each.name}${runs > 1 ? `, run ${run} of ${runs}` : ""}`);
      const { version, figures } = await each.run(load);
      const kept = measured[index];
      if (kept) measured[index] = { version, runs: [...kept.runs, figures] };
    }
  }
  return {
    name,
    says,
    charted,
    cases: measured.map((kept, index) => ({
      name: cases[index]?.name ?? "",
      version: kept.version,
      figures: medianFigures(kept.runs),
      runs: kept.runs,
    })),
  };
}
