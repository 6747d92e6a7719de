import { createSocket } from "node:dgram";
import { connect, isIP } from "node:net";
import { err, ok, type Result } from "../../core/result.ts";
import type { Timers } from "../../ports/timers.ts";

/** Where a resolving name server listens. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

/** Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`, as `dns.getServers()` writes them. */
export function parseDnsServer(text: string): Result<DnsServer> {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const address = isIP(text) ? text : (match?.[1] ?? match?.[2] ?? "");
  const port = isIP(text) ? 53 : Number(match?.[3] ?? 53);
  if (!isIP(address) || port < 1 || port > 65_535) {
    return err(`"${text}" is not a DNS server; write an IP address, or with a port [2001:db8::53]:5353`);
  }
  return ok({ address, port });
}

/** One exchange with one server. */
export interface DnsExchange<T> {
  readonly server: DnsServer;
  readonly query: Buffer;
  readonly timeoutMs: number;
  readonly timers: Timers;
  /** Reads a packet; `undefined`: not the answer, go on waiting. */
  readonly read: (packet: Buffer) => T | undefined;
}

/** Asks by UDP, from a new source port each time (RFC 5452 9.2). An error says what went wrong, without the server's name. */
export function askByUdp<T>(exchange: DnsExchange<T>): Promise<Result<T>> {
  const { server, query, timers } = exchange;
  return new Promise((resolve) => {
    const socket = createSocket(isIP(server.address) === 6 ? "udp6" : "udp4");
    let settled = false;
    const settle = (result: Result<T>): void => {
      if (settled) return;
      settled = true;
      cancel();
      socket.close();
      resolve(result);
    };
    const cancel = timers.set(exchange.timeoutMs, () => settle(err(timedOut(exchange.timeoutMs))));
    socket.on("error", (error) => settle(err(error.message)));
    socket.on("message", (packet) => {
      const answer = exchange.read(packet);
      if (answer !== undefined) settle(ok(answer));
    });
    // A connected socket hears only the server that it asked, and hears when there is none.
    socket.connect(server.port, server.address, () => {
      if (!settled) socket.send(query, (error) => error && settle(err(error.message)));
    });
  });
}

/** Asks by TCP (RFC 7766): one question a connection, the answer's length in front of it. */
export function askByTcp<T>(exchange: DnsExchange<T>): Promise<Result<T>> {
  const { server, query, timers } = exchange;
  return new Promise((resolve) => {
    const socket = connect(server.port, server.address);
    const settle = (result: Result<T>): void => {
      cancel();
      socket.destroy();
      resolve(result);
    };
    const cancel = timers.set(exchange.timeoutMs, () => settle(err(timedOut(exchange.timeoutMs))));
    let received = Buffer.alloc(0);
    socket.on("error", (error) => settle(err(error.message)));
    socket.on("close", () => settle(err("the connection was closed before the answer was whole")));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = exchange.read(received.subarray(2, 2 + received.readUInt16BE(0)));
      settle(answer === undefined ? err("the answer makes no sense") : ok(answer));
    });
    const framed = Buffer.alloc(2 + query.length);
    framed.writeUInt16BE(query.length);
    query.copy(framed, 2);
    socket.write(framed);
  });
}

function timedOut(timeoutMs: number): string {
  return `no answer within ${timeoutMs} ms`;
}
