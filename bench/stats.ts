import { type Figures, METRIC_NAMES } from "./metrics.ts";

/** The value that `share` (0 to 1) of all values do not exceed: the nearest rank. Throws where there is none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error("Nothing was measured.");
  return value;
}

/** The value in the middle; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const reversed = values.map((value) => -value);
  return (percentile(values, 0.5) - percentile(reversed, 0.5)) / 2;
}

/** The median of each metric over several runs of the same work. */
export function medianFigures(runs: readonly Figures[]): Figures {
  const metrics = METRIC_NAMES.flatMap((name) => {
    const values = runs.flatMap((figures) => figures[name] ?? []);
    return values.length === 0 ? [] : [[name, median(values)]];
  });
  return Object.fromEntries(metrics);
}
