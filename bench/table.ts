import { formatFigure, METRIC_NAMES, METRICS, timesBetter } from "./metrics.ts";
import type { WorkloadResult } from "./results.ts";

/** A table as text: its first row is the head, and the first cell of each row a name. */
export type Table = readonly (readonly string[])[];

/**
 * The table of one workload: a line for each case, and below it how many times better the first is than each other: its
 * messages a second through the other's, the other's processor time through its own.
 */
export function tableOf({ cases }: WorkloadResult): Table {
  const metrics = METRIC_NAMES.filter((name) => cases.some(({ figures }) => figures[name] !== undefined));
  const [first, ...others] = cases;
  return [
    ["", ...metrics.map((name) => METRICS[name].title)],
    ...cases.map(({ name, version, figures }) => [
      `${name} (${version})`,
      ...metrics.map((metric) => formatFigure(metric, figures[metric])),
    ]),
    ...others.map((other) => [
      `times better than ${other.name}`,
      ...metrics.map((metric) => {
        const [mine, theirs] = [first?.figures[metric], other.figures[metric]];
        return mine === undefined || theirs === undefined
          ? formatFigure(metric, undefined)
          : `${formatTimes(timesBetter(metric, mine, theirs))}×`;
      }),
    ]),
  ];
}

/** Two digits behind the point where it is about as good, one where it is far from it. */
function formatTimes(times: number): string {
  return times.toFixed(times < 2 ? 2 : 1);
}

/** For a terminal. */
export function formatText(table: Table): string {
  const widths = columnWidths(table);
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    )
    .join("\n");
}

/** For a document. */
export function formatMarkdown([head = [], ...rows]: Table): string {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function columnWidths(table: Table): number[] {
  return (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
}
