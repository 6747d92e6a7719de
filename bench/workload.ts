import type { Figures, MetricName } from "./metrics.ts";
import type { Peer } from "./peer.ts";

/** A kind of work. Each has a file in `workloads/`. */
export interface Workload {
  readonly name: string;
  /** One clause for the table's heading. */
  readonly says: string;
  /** The metrics of it that a chart shows. */
  readonly charted: readonly MetricName[];
  /** What is measured beside each other; the first is compared with each of the others. */
  cases(peers: readonly Peer[]): readonly Case[];
}

/** A server, or a state of one, at some work. */
export interface Case {
  readonly name: string;
  /** Sets it up, works it, ends it and gives the figures. */
  run(load: Load): Promise<Measured>;
}

/** How much work. */
export interface Load {
  readonly messages: number;
  /** Bytes of each message. */
  readonly sizeBytes: number;
  /** Sessions at a time. */
  readonly sessions: number;
  /** Sessions that stay idle. */
  readonly idleSessions: number;
  /** Messages in a deep queue. */
  readonly queued: number;
}

/** What came out of one case. */
export interface Measured {
  readonly version: string;
  readonly figures: Figures;
}
