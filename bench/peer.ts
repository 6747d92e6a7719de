/**
 * What a server may be asked to do. `accept`: take mail and keep it while the next hop is silent. `relay`: pass it on.
 * `mailbox`: put it into a Maildir. `idle` and `idle-tls`: hold sessions in which nothing happens, the latter after
 * STARTTLS. `pop`: let mail be fetched by POP3.
 */
export type Work = "accept" | "relay" | "mailbox" | "idle" | "idle-tls" | "pop";

/** A mail server that is measured. Each has a file in `peers/`, which sets it up as it is shipped. */
export interface Peer {
  readonly name: string;
  /** What has to be installed, in words. */
  readonly needs: string;
  readonly works: readonly Work[];
  /** Starts it in a folder of its own. It takes mail for {@link FAR_RECIPIENT} and, if it can, for {@link NEAR_RECIPIENT}. */
  start(setup: PeerSetup): Promise<RunningPeer>;
}

/** What a server must know to be started. */
export interface PeerSetup {
  /** The port on 127.0.0.1 that all mail for elsewhere goes to. */
  readonly nextHopPort: number;
  /** So many sessions at a time there will be. A server that allows fewer from one address gets that limit raised. */
  readonly sessions: number;
  /** What is in the mailbox of {@link NEAR_RECIPIENT} beforehand. */
  readonly mailbox?: { readonly messages: number; readonly sizeBytes: number };
}

/** A mail server that runs and waits for mail. */
export interface RunningPeer {
  readonly version: string;
  readonly smtpPort: number;
  /** Where and as whom mail is fetched, in clear. */
  readonly pop?: { readonly port: number; readonly user: string; readonly password: string };
  /** The process whose descendants, with itself, are all that the server consists of. */
  readonly rootPid: number;
  /** How many messages are in its mailbox; only of servers that have one. */
  delivered?(): Promise<number>;
  stop(): Promise<void>;
}

/** Somebody at another server. */
export const FAR_RECIPIENT = "user@far.test";
/** Somebody with a mailbox here. */
export const NEAR_RECIPIENT = "alice@example.test";
