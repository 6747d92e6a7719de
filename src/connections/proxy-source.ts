import type { Socket } from "node:net";
import type { IpAddress } from "../core/ip-address.ts";
import { readProxyHeader } from "../protocol/proxy/proxy-header.ts";

/** Who is at the other end, as the proxy in front says. */
export type ProxySource =
  | { readonly kind: "client"; readonly ip: IpAddress }
  /** The proxy itself, asking after our health. */
  | { readonly kind: "proxy" }
  | { readonly kind: "invalid"; readonly detail: string };

/**
 * Reads the PROXY protocol's header from a connection of a trusted proxy. What follows it is put back for the next reader.
 * The socket is paused when the promise resolves.
 */
export function readProxySource(socket: Socket, timeoutMs: number): Promise<ProxySource> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const end = (source: ProxySource) => {
      clearTimeout(timer);
      socket.removeListener("data", onData);
      socket.removeListener("close", onClose);
      socket.pause();
      resolve(source);
    };
    const onClose = () => end({ kind: "invalid", detail: "closed before the header was complete" });
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const header = readProxyHeader(received);
      if (header.state === "incomplete") return;
      if (header.state === "invalid") return end({ kind: "invalid", detail: header.detail });
      const rest = received.subarray(header.length);
      end(header.source.kind === "local" ? { kind: "proxy" } : { kind: "client", ip: header.source.ip });
      if (rest.length > 0) socket.unshift(rest);
    };
    const timer = setTimeout(() => end({ kind: "invalid", detail: "no header in time" }), timeoutMs);
    socket.on("data", onData);
    socket.on("close", onClose);
    // The listener hands sockets over paused.
    socket.resume();
  });
}
