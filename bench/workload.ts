import type { Peer } from "./peer.ts";

/** A kind of work. Each has a file in `workloads/`. */
export interface Workload {
  readonly name: string;
  /** One clause for the table's heading. */
  readonly says: string;
  /** Sets the peer up, works it, ends it and gives the figures. */
  run(peer: Peer, load: Load): Promise<Figures>;
}

/** How much work. */
export interface Load {
  readonly messages: number;
  /** Bytes of each message. */
  readonly sizeBytes: number;
  /** Sessions at a time. */
  readonly sessions: number;
}

/** What came out for one peer and one workload. */
export interface Figures {
  readonly version: string;
  /** Messages a second until the peer had taken the last. */
  readonly acceptedPerSecond: number;
  /** Messages a second until the last had arrived behind the peer. */
  readonly deliveredPerSecond: number;
  /** Processor time of all of the peer's processes, from the first message until it was at rest again. */
  readonly cpuMsPerMessage: number;
}
