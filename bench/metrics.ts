/** What is measured, as tables and charts show it. */
export const METRICS = {
  acceptedPerSecond: { title: "accepted/s", digits: 0, better: "more" },
  deliveredPerSecond: { title: "delivered/s", digits: 0, better: "more" },
  cpuMsPerMessage: { title: "CPU ms/message", digits: 2, better: "less" },
  replyP50Ms: { title: "reply p50 ms", digits: 1, better: "less" },
  replyP99Ms: { title: "reply p99 ms", digits: 1, better: "less" },
  peakMemoryMiB: { title: "peak MiB", digits: 0, better: "less" },
  memoryKbPerSession: { title: "kB/session", digits: 1, better: "less" },
  sessionsOpenedPerSecond: { title: "sessions/s", digits: 0, better: "more" },
  retrievedPerSecond: { title: "retrieved/s", digits: 0, better: "more" },
  loginsPerSecond: { title: "logins/s", digits: 0, better: "more" },
  cpuMsPerLogin: { title: "CPU ms/login", digits: 2, better: "less" },
  readyMs: { title: "start ms", digits: 0, better: "less" },
  decisionsPerSecond: { title: "decisions/s", digits: 0, better: "more" },
} as const satisfies Record<string, Metric>;

interface Metric {
  readonly title: string;
  /** Behind the point. */
  readonly digits: number;
  readonly better: "more" | "less";
}

export type MetricName = keyof typeof METRICS;

/** What came out of one measurement: the metrics that the workload has. */
export type Figures = Readonly<Partial<Record<MetricName, number>>>;

/** All metrics in the order in which they are shown. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** The figure as text, with commas from five digits on; a dash where it was not measured. */
export function formatFigure(name: MetricName, value: number | undefined): string {
  if (value === undefined) return "–";
  const { digits } = METRICS[name];
  const digitsShown = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat("en", { ...digitsShown, useGrouping: "min2" }).format(value);
}

/** How many times better `mine` is than `other`, whichever way is better for the metric. */
export function timesBetter(name: MetricName, mine: number, other: number): number {
  return METRICS[name].better === "more" ? mine / other : other / mine;
}
