/** A mail server that is measured. Each has a file in `peers/`, which sets it up as it is shipped. */
export interface Peer {
  readonly name: string;
  /** What has to be installed, in words. */
  readonly needs: string;
  /** Starts it so that it takes mail from loopback and passes all of it on to the sink. */
  start(sinkPort: number): Promise<RunningPeer>;
}

/** A mail server that runs and waits for mail. */
export interface RunningPeer {
  readonly version: string;
  readonly smtpPort: number;
  /** The process whose descendants, with itself, are all that the server consists of. */
  readonly rootPid: number;
  stop(): Promise<void>;
}
