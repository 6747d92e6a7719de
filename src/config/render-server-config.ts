import { formatDuration } from "../core/instant.ts";
import { DEFAULT_LIMITS, DEFAULT_QUEUE } from "./defaults.ts";
import type { ListenerAuth, ListenerProtocol } from "./server-config.ts";

/** What a new `postern.toml` says for itself; everything else stands in it as a comment with its default. */
export interface NewServerConfig {
  readonly hostname: string;
  readonly listeners: readonly NewListener[];
}

export interface NewListener {
  readonly name: string;
  readonly protocol: ListenerProtocol;
  readonly address: string;
  readonly port: number;
  /** Only of SMTP listeners. */
  readonly auth?: ListenerAuth;
  /** One sentence for the person who reads the file. */
  readonly comment: string;
}

/** The listeners of a new server: on loopback and on ports that need no privilege. */
export const NEW_LISTENERS: readonly NewListener[] = [
  {
    name: "mx",
    protocol: "smtp",
    address: "127.0.0.1",
    port: 2525,
    auth: "optional",
    comment: "Mail from other servers. On the Internet: address 0.0.0.0 (or ::), port 25.",
  },
  {
    name: "submission",
    protocol: "submission",
    address: "127.0.0.1",
    port: 2587,
    auth: "required",
    comment: "Mail from people's programs, with STARTTLS. On the Internet: port 587.",
  },
  {
    name: "submissions",
    protocol: "submissions",
    address: "127.0.0.1",
    port: 2465,
    auth: "required",
    comment: "The same with TLS from the first byte. On the Internet: port 465.",
  },
  {
    name: "pop3",
    protocol: "pop3",
    address: "127.0.0.1",
    port: 2110,
    comment: "People's programs fetch mail here, with STLS. On the Internet: port 110.",
  },
  {
    name: "pop3s",
    protocol: "pop3s",
    address: "127.0.0.1",
    port: 2995,
    comment: "The same with TLS from the first byte. On the Internet: port 995.",
  },
];

/** The text of a new `postern.toml`, with comments that say what each part is for. */
export function renderServerConfig(config: NewServerConfig): string {
  return [
    renderHead(config.hostname),
    ...config.listeners.map(renderListener),
    TLS,
    renderLimits(),
    renderQueue(),
    DNS,
  ].join("\n");
}

function renderHead(hostname: string): string {
  return `# Postern needs this file to start. Everything else (domains, mailboxes, who may relay) is changed while
# it runs: postern --help. Paths are relative to the folder that this file is in.

# The name that other servers know this one by. Its address should have a PTR record with the same name.
hostname = ${JSON.stringify(hostname)}

[storage]
engine = "sqlite"
`;
}

function renderListener(listener: NewListener): string {
  const auth =
    listener.auth === undefined ? "" : `auth = "${listener.auth}"            # never, optional, required\n`;
  return `# ${listener.comment}
[[listeners]]
name = ${JSON.stringify(listener.name)}
protocol = "${listener.protocol}"
address = ${JSON.stringify(listener.address)}
port = ${listener.port}                     # 0 takes a free port
${auth}# allowCleartextAuth = false    # true takes passwords without TLS: for a trusted wire only
# trustedProxies = []           # load balancers that send a PROXY header, as ["192.0.2.1"]
`;
}

const TLS = `# Setup made a self-signed certificate. Put yours in its place, chain included, and the key beside it.
[tls]
certificate = "tls/cert.pem"
key = "tls/key.pem"
`;

const DNS = `# [dns]
# servers = []                  # resolvers to ask, as ["192.0.2.53"]; empty: those of the system
`;

function renderLimits(): string {
  const limits = DEFAULT_LIMITS;
  return `# [limits]
# maxMessageBytes = ${limits.maxMessageBytes}
# maxRecipients = ${limits.maxRecipients}          # in one message
# maxConnections = ${limits.maxConnections}
# maxConnectionsPerClient = ${limits.maxConnectionsPerClient}
# maxErrors = ${limits.maxErrors}                # refused commands before a session is ended
# maxHops = ${limits.maxHops}                 # Received fields before a message counts as looping
# commandTimeout = "${formatDuration(limits.commandTimeoutMs)}"
# sessionTimeout = "${formatDuration(limits.sessionTimeoutMs)}"
# minFreeBytes = ${limits.minFreeBytes}      # with less free on the disk no more mail is taken
# maxQueuedMessages = ${limits.maxQueuedMessages}   # with so many waiting no more mail is taken
`;
}

function renderQueue(): string {
  const queue = DEFAULT_QUEUE;
  const retry = queue.retryMs.map((ms) => JSON.stringify(formatDuration(ms))).join(", ");
  return `# [queue]
# retry = [${retry}]   # waiting time after each failed attempt; the last repeats
# lifetime = "${formatDuration(queue.lifetimeMs)}"               # then the message goes back to its sender
# delayWarning = "${formatDuration(queue.delayWarningMs)}"           # then the sender is told that it takes longer
# concurrency = ${queue.concurrency}              # deliveries at a time
# concurrencyPerDestination = ${queue.concurrencyPerDestination}
`;
}
