import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { parseIp } from "../core/ip-address.ts";
import { type IpRange, rangeContains } from "../core/ip-range.ts";
import { replies } from "../core/replies.ts";
import { encodeReply } from "../protocol/smtp/reply-codec.ts";
import { SmtpConnection, type UpgradeTls } from "./connection.ts";
import { readProxySource } from "./proxy-source.ts";
import type { ListenerSettings, SessionContext, SessionTls, SmtpServices } from "./session-context.ts";
import { SessionTable } from "./session-table.ts";
import { upgradeToTls } from "./tls-upgrade.ts";

/** A listener with where it listens. */
export interface SmtpListenerOptions extends ListenerSettings {
  readonly address: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Sources whose connections must begin with a PROXY header, and only they. */
  readonly trustedProxies: readonly IpRange[];
}

export interface SmtpServerOptions {
  readonly services: SmtpServices;
  readonly listeners: readonly SmtpListenerOptions[];
  /** The certificate now; asked at each handshake, so that a new one needs no restart. */
  readonly secureContext: () => SecureContext | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  readonly handshakeTimeoutMs: number;
}

/** A listener that is up. */
export interface ListeningAddress {
  readonly name: string;
  readonly protocol: ListenerSettings["protocol"];
  readonly address: string;
  readonly port: number;
}

/** All SMTP listeners of the process. */
export interface SmtpServer {
  readonly listening: readonly ListeningAddress[];
  /** Stops accepting, lets transactions end for `graceMs`, then ends what is left. */
  drain(graceMs: number): Promise<void>;
}

/** How often sessions are looked at for idleness. */
const SWEEP_MS = 1000;

/** Opens every listener, or none: rejects with the listener's name, what is wrong with its address and what to do. */
export async function startSmtpServer(options: SmtpServerOptions): Promise<SmtpServer> {
  const sessions = new SessionTable(options.maxConnections, options.maxConnectionsPerClient);
  /** Sockets that have not come as far as a session: in a handshake, or before the PROXY header. */
  const arriving = new Set<Socket>();
  const servers: Server[] = [];
  const listening: ListeningAddress[] = [];
  try {
    for (const listener of options.listeners) {
      const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
        arriving.add(socket);
        void admit(socket, listener, options, sessions).finally(() => arriving.delete(socket));
      });
      servers.push(server);
      listening.push(await listen(server, listener));
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  const sweep = setInterval(() => sessions.sweep(options.services.clock()), SWEEP_MS);
  return {
    listening,
    async drain(graceMs) {
      clearInterval(sweep);
      for (const server of servers) server.close();
      for (const socket of arriving) socket.destroy();
      await sessions.drain(graceMs);
    },
  };
}

function listen(server: Server, listener: SmtpListenerOptions): Promise<ListeningAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Error(whyNotListening(listener, error), { cause: error })));
    server.listen({ host: listener.address, port: listener.port, backlog: 1024 }, () => {
      const bound = server.address();
      const port = typeof bound === "object" && bound ? bound.port : listener.port;
      resolve({ name: listener.name, protocol: listener.protocol, address: listener.address, port });
    });
  });
}

/** One sentence for a person. */
function whyNotListening({ name, address, port }: SmtpListenerOptions, error: Error): string {
  const wrong = `listener "${name}" cannot have port ${port} of ${address}`;
  switch ("code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return `${wrong}: another program has it; end that program, or give the listener another port`;
    case "EADDRNOTAVAIL":
      return `${wrong}: this machine has no such address; give the listener one of its own, or 0.0.0.0 or :: for all`;
    case "EACCES":
      return `${wrong}: ports below 1024 are for root or CAP_NET_BIND_SERVICE; start it so, or choose a higher port`;
    default:
      return `${wrong}: ${error.message}; correct its address and port`;
  }
}

/** Takes a new socket as far as the greeting: bounds, PROXY header, implicit TLS. */
async function admit(
  socket: Socket,
  listener: SmtpListenerOptions,
  options: SmtpServerOptions,
  sessions: SessionTable,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const { services } = options;
  const peer = parseIp(socket.remoteAddress ?? "");
  if (!peer) return void socket.destroy();
  const viaProxy = listener.trustedProxies.some((range) => rangeContains(range, peer));
  let client = peer;
  let clientIsProxy = false;
  if (viaProxy) {
    const source = await readProxySource(socket, options.handshakeTimeoutMs);
    if (source.kind === "invalid") {
      services.log.warn("proxy-header-invalid", { proxy: peer.text, detail: source.detail });
      return turnAway(socket, encodeReply(replies.proxyHeaderInvalid));
    }
    if (source.kind === "client") client = source.ip;
    else clientIsProxy = true;
  }
  if (!sessions.hasRoomFor(client)) {
    services.log.warn("too-many-connections", { client: client.text, listener: listener.name });
    return turnAway(socket, encodeReply(replies.tooManyConnections));
  }
  const release = sessions.reserve(client);
  try {
    const upgrade: UpgradeTls = (plain) => {
      const secureContext = options.secureContext();
      if (!secureContext) throw new Error("no certificate is loaded");
      return upgradeToTls(plain, secureContext, options.handshakeTimeoutMs);
    };
    const start: { stream: Duplex; tls: SessionTls | undefined } =
      listener.protocol === "submissions" ? await upgrade(socket) : { stream: socket, tls: undefined };
    const context: SessionContext = { ...services, listener, client, clientIsProxy, tls: start.tls };
    const connection = new SmtpConnection(start.stream, context, upgrade, () => {
      release();
      sessions.remove(connection);
    });
    sessions.add(connection);
    connection.start();
  } catch (error) {
    services.log.warn("tls-failed", {
      client: client.text,
      detail: error instanceof Error ? error.message : String(error),
    });
    release();
    socket.destroy();
  }
}

function turnAway(socket: Socket, lastWords: string): void {
  socket.end(lastWords, () => socket.destroy());
  socket.resume();
}
