import type { Domain } from "../core/domain.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { IpRange } from "../core/ip-range.ts";

/** SMTP by its uses. `submissions` has TLS from the first byte (RFC 8314 3.3). */
export type SmtpProtocol = "smtp" | "submission" | "submissions";

/** `pop3s` has TLS from the first byte. */
export type PopProtocol = "pop3" | "pop3s";

/** What a listener speaks in this version. */
export type ListenerProtocol = SmtpProtocol | PopProtocol;

/** Whether a client may or must log in. `required` offers AUTH even where the policy has logins switched off. */
export type ListenerAuth = "never" | "optional" | "required";

/** All that `postern.toml` says, with every default filled in: what is needed to start, and no more. */
export interface ServerConfig {
  /** The server's name in the greeting, in Received fields and in reports. */
  readonly hostname: Domain;
  readonly storage: { readonly engine: "sqlite" };
  readonly listeners: readonly ListenerConfig[];
  /** Absent: no TLS at all, which only listeners of `smtp`, `submission` and `pop3` can live with. */
  readonly tls?: TlsFiles;
  readonly limits: LimitsConfig;
  readonly dns: { readonly servers: readonly DnsServer[] };
  readonly queue: QueueConfig;
  readonly authentication: AuthenticationConfig;
}

/** Where the accounts of the host are, for the authentication method `host`. */
export interface AuthenticationConfig {
  /** The PAM service on Linux and macOS: the file in `/etc/pam.d`. */
  readonly pamService: string;
  /** Present: accounts are in this LDAP directory or Active Directory, and PAM or Windows are not asked. */
  readonly ldap?: LdapConfig;
  readonly postoffices: readonly HostDomainConfig[];
}

/** Which accounts of the host belong to a post office. */
export interface HostDomainConfig {
  readonly postoffice: string;
  /** The Windows or directory domain. */
  readonly domain?: string;
  /** The domain of mailboxes for logins that name the host's domain or none. */
  readonly mailDomain: Domain;
  readonly createMailboxes: boolean;
}

export interface LdapConfig {
  readonly url: URL;
  /** A file of certificates that the server's must come from; absent: those that Node knows. */
  readonly ca?: string;
  /** Whether passwords may go over `ldap://` without StartTLS. */
  readonly allowCleartext: boolean;
  /** How the name to bind with is found. Templates have `{user}`, `{domain}` and `{mailbox}`. */
  readonly find: LdapBind | LdapSearch;
  /** For a whole login: connecting, TLS, search and bind. */
  readonly timeoutMs: number;
}

/** The name is made from the login: a DN, a user principal name, or `DOMAIN\\user`. */
export interface LdapBind {
  readonly by: "bind";
  readonly bindName: string;
}

/** The entry is searched for, and its DN is the name. */
export interface LdapSearch {
  readonly by: "search";
  readonly base: string;
  readonly filter: string;
  /** Who searches; absent: nobody in particular (an anonymous search). */
  readonly reader?: { readonly name: string; readonly passwordFile: string };
}

export type ListenerConfig = SmtpListenerConfig | PopListenerConfig;

interface AnyListenerConfig {
  /** Free and unique; shown in the journal. */
  readonly name: string;
  readonly address: IpAddress;
  /** 0 takes a free port. */
  readonly port: number;
  readonly allowCleartextAuth: boolean;
  /** Peers that must begin with a PROXY header, which is believed. Nobody else may send one. */
  readonly trustedProxies: readonly IpRange[];
}

export interface SmtpListenerConfig extends AnyListenerConfig {
  readonly protocol: SmtpProtocol;
  readonly auth: ListenerAuth;
}

export interface PopListenerConfig extends AnyListenerConfig {
  readonly protocol: PopProtocol;
}

/** Whether it is one for POP3. */
export function isPopListener(listener: ListenerConfig): listener is PopListenerConfig {
  return listener.protocol === "pop3" || listener.protocol === "pop3s";
}

/** Whether it is one for SMTP. */
export function isSmtpListener(listener: ListenerConfig): listener is SmtpListenerConfig {
  return !isPopListener(listener);
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
  /** With less than this free where mail waits, no more is taken; 0: until there is none. */
  readonly minFreeBytes: number;
  /** With so many messages in the queue, no more are taken. */
  readonly maxQueuedMessages: number;
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
