import { barChart } from "./chart.ts";
import { formatFigure, METRICS } from "./metrics.ts";
import type { BenchResult, WorkloadResult } from "./results.ts";
import { formatMarkdown, tableOf } from "./table.ts";

const BEGIN = "<!-- What follows is written by npm run bench -- --docs, from benchmarks.json. -->";
const END = "<!-- End of what is written by npm run bench -- --docs. -->";

/** The document with its written part made of a result. Throws where the two lines that enclose that part are missing. */
export function withFigures(document: string, result: BenchResult): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The document has no lines "${BEGIN}" and "${END}".`);
  return `${document.slice(0, begin)}${BEGIN}\n\n${writtenPart(result)}\n\n${document.slice(end)}`;
}

function writtenPart(result: BenchResult): string {
  return [
    describe(result),
    "![Chart of the figures in the tables below](images/benchmarks.svg)",
    ...result.workloads.flatMap((workload) => [
      `### ${workload.name}`,
      `${sentence(workload.says)}`,
      formatMarkdown(tableOf(workload)),
    ]),
  ].join("\n\n");
}

function describe({ date, machine, load, runs }: BenchResult): string {
  const { processor, cores, memoryGiB, kernel, node } = machine;
  const many = new Intl.NumberFormat("en");
  return [
    `Measured on ${date.slice(0, 10)}: ${processor}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}.`,
    `${many.format(load.messages)} messages of ${many.format(load.sizeBytes)} bytes, ${load.sessions} sessions,`,
    `${many.format(load.idleSessions)} idle sessions, ${many.format(load.queued)} messages in the deep queue;`,
    runs === 1 ? "one run." : `median of ${runs} runs.`,
  ].join("\n");
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

/** The chart of a result: each workload with the metrics that it is about. */
export function chartOf({ workloads }: BenchResult): string {
  const rows = workloads.map((workload) => ({
    heading: workload.name,
    panels: workload.charted.map((metric) => panelOf(workload, metric)),
  }));
  return barChart("Mail servers at the same work", rows);
}

function panelOf({ cases }: WorkloadResult, metric: WorkloadResult["charted"][number]) {
  const { title, better } = METRICS[metric];
  return {
    title: `${title} (${better} is better)`,
    bars: cases.flatMap(({ name, figures }) => {
      const value = figures[metric];
      return value === undefined ? [] : [{ label: name, value, text: formatFigure(metric, value) }];
    }),
  };
}
