import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { startSmtpSink } from "../test/support/smtp-sink.ts";

/** What stands behind the server that is measured. */
export interface NextHop {
  readonly port: number;
  /** How many messages have arrived; a silent one takes none. */
  received?(): Promise<number>;
  stop(): Promise<void>;
}

/** smtp-sink: takes every message at once and counts it. */
export const sinkHop = (): Promise<NextHop> => startSmtpSink();

/**
 * Takes connections and never says a word, as a dead machine behind a living firewall does. A server that relays to it
 * keeps all that it has accepted, and does nothing for it but wait.
 */
export async function silentHop(): Promise<NextHop> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
