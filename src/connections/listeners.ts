import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { Clock } from "../core/instant.ts";
import { type IpAddress, parseIp } from "../core/ip-address.ts";
import { type IpRange, rangeContains } from "../core/ip-range.ts";
import type { Logger } from "../ports/logger.ts";
import { readProxySource } from "./proxy-source.ts";
import { type Session, SessionTable } from "./session-table.ts";
import { type SessionTls, type UpgradeTls, upgradeToTls } from "./tls-upgrade.ts";

/** Where a listener listens, and how its connections begin. */
export interface ListenerPlace {
  /** Free and unique; shown in the log and the journal. */
  readonly name: string;
  readonly protocol: string;
  readonly address: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Sources whose connections must begin with a PROXY header, and only they. */
  readonly trustedProxies: readonly IpRange[];
}

/** A listener that is up. */
export interface ListeningAddress {
  readonly name: string;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** A connection that has been let in, before the first word. */
export interface Arrival {
  readonly stream: Duplex;
  readonly client: IpAddress;
  /** The connection is a trusted proxy's own: its address speaks for nobody. */
  readonly clientIsProxy: boolean;
  /** Absent until the protocol's own command starts TLS with `upgrade`. */
  readonly tls: SessionTls | undefined;
  readonly upgrade: UpgradeTls;
  /** To be called once, when the connection is closed. */
  readonly onClosed: () => void;
}

/** Bounds on all connections of one kind of server. */
export interface ConnectionBounds {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  readonly handshakeTimeoutMs: number;
}

export interface ListenersOptions<Place extends ListenerPlace> extends ConnectionBounds {
  readonly listeners: readonly Place[];
  readonly beginsWithTls: (listener: Place) => boolean;
  /** The certificate now; asked at each handshake, so that a new one needs no restart. */
  readonly secureContext: () => SecureContext | undefined;
  /** What is said to those who are not let in, as it goes over the wire. */
  readonly lastWords: { readonly proxyHeaderInvalid: string; readonly tooManyConnections: string };
  /** Makes the session of a connection and lets it begin. */
  readonly begin: (listener: Place, arrival: Arrival) => Session;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Listeners that share one table of sessions. */
export interface Listeners {
  readonly listening: readonly ListeningAddress[];
  /** Ends the sessions that have logged in as an account; returns how many. */
  endSessionsOf(account: string): number;
  /** Stops accepting, lets what is under way end for `graceMs`, then ends what is left. */
  drain(graceMs: number): Promise<void>;
}

/** How often sessions are looked at for idleness. */
const SWEEP_MS = 1000;
/** So many bytes of replies wait in memory for a client that does not read them, before it gets no more answers. */
const UNREAD_REPLY_BYTES = 16 * 1024;

const SOCKETS = { noDelay: true, pauseOnConnect: true, highWaterMark: UNREAD_REPLY_BYTES };

/** Opens every listener, or none: rejects with the listener's name, what is wrong with its address and what to do. */
export async function startListeners<Place extends ListenerPlace>(
  options: ListenersOptions<Place>,
): Promise<Listeners> {
  const sessions = new SessionTable(options.maxConnections, options.maxConnectionsPerClient);
  /** Sockets that have not come as far as a session: in a handshake, or before the PROXY header. */
  const arriving = new Set<Socket>();
  const servers: Server[] = [];
  const listening: ListeningAddress[] = [];
  try {
    for (const listener of options.listeners) {
      const server = createServer(SOCKETS, (socket) => {
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
  const sweep = setInterval(() => {
    sessions.sweep(options.clock());
    const refused = sessions.takeRefused();
    // Not a line for each: a storm of connections must not become one of writing.
    if (refused) options.log.warn("too-many-connections", { ...refused });
  }, SWEEP_MS);
  return {
    listening,
    endSessionsOf: (account) => sessions.endSessionsOf(account),
    async drain(graceMs) {
      for (const server of servers) server.close();
      for (const socket of arriving) socket.destroy();
      await sessions.drain(graceMs);
      clearInterval(sweep);
    },
  };
}

function listen(server: Server, listener: ListenerPlace): Promise<ListeningAddress> {
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
function whyNotListening({ name, address, port }: ListenerPlace, error: Error): string {
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
async function admit<Place extends ListenerPlace>(
  socket: Socket,
  listener: Place,
  options: ListenersOptions<Place>,
  sessions: SessionTable,
): Promise<void> {
  socket.on("error", () => socket.destroy());
  const { log } = options;
  const from = await whoIsThere(socket, listener, options);
  if (!from) return;
  const { client } = from;
  if (!sessions.hasRoomFor(client)) {
    sessions.refused(client, listener.name);
    return turnAway(socket, options.lastWords.tooManyConnections);
  }
  const release = sessions.reserve(client);
  try {
    const upgrade: UpgradeTls = (plain) => {
      const secureContext = options.secureContext();
      if (!secureContext) throw new Error("no certificate is loaded");
      return upgradeToTls(plain, secureContext, options.handshakeTimeoutMs);
    };
    const start: { stream: Duplex; tls: SessionTls | undefined } = options.beginsWithTls(listener)
      ? await upgrade(socket)
      : { stream: socket, tls: undefined };
    const onClosed = () => {
      release();
      sessions.remove(session);
    };
    const session = options.begin(listener, { ...from, ...start, upgrade, onClosed });
    sessions.add(session);
  } catch (error) {
    log.warn("tls-failed", {
      client: client.text,
      detail: error instanceof Error ? error.message : String(error),
    });
    release();
    socket.destroy();
  }
}

/** The client by its own address or by its proxy's word; `undefined` where the socket has been turned away. */
async function whoIsThere<Place extends ListenerPlace>(
  socket: Socket,
  listener: Place,
  { handshakeTimeoutMs, lastWords, log }: ListenersOptions<Place>,
): Promise<Pick<Arrival, "client" | "clientIsProxy"> | undefined> {
  const peer = parseIp(socket.remoteAddress ?? "");
  if (!peer) {
    socket.destroy();
    return undefined;
  }
  if (!listener.trustedProxies.some((range) => rangeContains(range, peer)))
    return { client: peer, clientIsProxy: false };
  const source = await readProxySource(socket, handshakeTimeoutMs);
  if (source.kind === "client") return { client: source.ip, clientIsProxy: false };
  if (source.kind === "proxy") return { client: peer, clientIsProxy: true };
  log.warn("proxy-header-invalid", { proxy: peer.text, detail: source.detail });
  turnAway(socket, lastWords.proxyHeaderInvalid);
  return undefined;
}

function turnAway(socket: Socket, lastWords: string): void {
  socket.end(lastWords, () => socket.destroy());
  socket.resume();
}
