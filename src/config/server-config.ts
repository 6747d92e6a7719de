import type { Domain } from "../core/domain.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { IpRange } from "../core/ip-range.ts";

/** What a listener speaks in this version. `submissions` has TLS from the first byte (RFC 8314 3.3). */
export type ListenerProtocol = "smtp" | "submission" | "submissions";

/** Whether a client may or must log in. `required` offers AUTH even where the policy has logins switched off. */
export type ListenerAuth = "never" | "optional" | "required";

/** All that `postern.toml` says, with every default filled in: what is needed to start, and no more. */
export interface ServerConfig {
  /** The server's name in the greeting, in Received fields and in reports. */
  readonly hostname: Domain;
  readonly storage: { readonly engine: "sqlite" };
  readonly listeners: readonly ListenerConfig[];
  /** Absent: no TLS at all, which only listeners of `smtp` and `submission` can live with. */
  readonly tls?: TlsFiles;
  readonly limits: LimitsConfig;
  readonly dns: { readonly servers: readonly DnsServer[] };
  readonly queue: QueueConfig;
}

export interface ListenerConfig {
  /** Free and unique; shown in the journal. */
  readonly name: string;
  readonly protocol: ListenerProtocol;
  readonly address: IpAddress;
  /** 0 takes a free port. */
  readonly port: number;
  readonly auth: ListenerAuth;
  readonly allowCleartextAuth: boolean;
  /** Peers that must begin with a PROXY header, which is believed. Nobody else may send one. */
  readonly trustedProxies: readonly IpRange[];
}

/** Paths as written: relative to the data folder, or absolute. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface LimitsConfig {
  readonly maxMessageBytes: number;
  readonly maxRecipients: number;
  readonly maxConnections: number;
  /** Connections at a time from one address (an IPv6 /64). */
  readonly maxConnectionsPerClient: number;
  /** Refused commands in one session before it is ended with 421. */
  readonly maxErrors: number;
  /** Received fields in a message before it counts as looping (RFC 5321 6.3: at least 100). */
  readonly maxHops: number;
  /** How long the server waits for the next command or piece of data (RFC 5321 4.5.3.2.7: at least 5 minutes). */
  readonly commandTimeoutMs: number;
  /** How long one connection may last in all. */
  readonly sessionTimeoutMs: number;
}

/** A resolver to ask; empty list: those of the system. */
export interface DnsServer {
  readonly address: IpAddress;
  readonly port: number;
}

export interface QueueConfig {
  /** Waiting time after the first, second, … failed attempt; the last one repeats. */
  readonly retryMs: readonly [number, ...number[]];
  /** How long is tried before the message goes back (RFC 5321 4.5.4.1: at least 4–5 days). */
  readonly lifetimeMs: number;
  /** After how long without success the sender is told of the delay. */
  readonly delayWarningMs: number;
  /** Deliveries at a time to other servers. */
  readonly concurrency: number;
  /** Of these, how many to one destination. */
  readonly concurrencyPerDestination: number;
}
