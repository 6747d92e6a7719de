import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { err, ok, type Result } from "../../core/result.ts";
import type { Dialer, TlsFacts, TlsRequest, Wire, WireListener } from "../../ports/dialer.ts";

/** How long a peer may take to close after QUIT. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Connections over the network, by TCP and TLS. */
export function socketDialer(): Dialer {
  return {
    dial: ({ text: host }, port, timeoutMs) =>
      new Promise((resolve) => {
        const socket = connect({ host, port, noDelay: true });
        const timer = setTimeout(() => fail(`no connection within ${timeoutMs / 1000} s`), timeoutMs);
        const fail = (detail: string) => {
          clearTimeout(timer);
          socket.destroy();
          resolve(err(`${host}:${port}: ${detail}`));
        };
        const onError = (error: Error) => fail(describe(error));
        socket.once("error", onError);
        socket.once("connect", () => {
          clearTimeout(timer);
          socket.off("error", onError);
          resolve(ok(socketWire(socket)));
        });
      }),
  };
}

/** A connected socket as a wire. */
function socketWire(connected: Socket): Wire {
  let socket: Socket = connected;
  let listener: WireListener | undefined;
  let over = false;

  const ended = (detail: string) => {
    if (over) return;
    over = true;
    listener?.end(detail);
  };
  const onData = (chunk: Buffer) => {
    if (!over) listener?.data(chunk);
  };
  const onError = (error: Error) => ended(describe(error));
  const onClose = () => ended("the peer closed the connection");
  const attach = (to: Socket) => to.on("data", onData).on("error", onError).on("close", onClose);
  const detach = (from: Socket) => from.off("data", onData).off("close", onClose);

  connected.on("error", onError);
  return {
    listen(to) {
      listener = to;
      socket.off("error", onError);
      attach(socket);
    },
    write: (bytes) => over || socket.write(bytes),
    drained: () =>
      over || !socket.writableNeedDrain
        ? Promise.resolve()
        : new Promise((resolve) => {
            const done = () => {
              socket.off("drain", done).off("close", done);
              resolve();
            };
            socket.on("drain", done).on("close", done);
          }),
    async startTls(request) {
      const plain = socket;
      detach(plain);
      plain.pause();
      // RFC 3207 4.2: what came in clear behind the answer to STARTTLS is not taken as come within TLS.
      plain.read();
      const secured = await handshake(plain, request);
      if (!secured.ok) {
        over = true;
        plain.destroy();
        return secured;
      }
      socket = secured.value.socket;
      attach(socket);
      return ok(secured.value.facts);
    },
    close() {
      over = true;
      // The peer is left the time to answer QUIT and close first: bytes that meet a closed socket are answered with a reset.
      socket.setTimeout(CLOSE_TIMEOUT_MS, () => socket.destroy());
      socket.end();
    },
    destroy() {
      over = true;
      socket.destroy();
    },
  };
}

function handshake(
  plain: Socket,
  request: TlsRequest,
): Promise<Result<{ socket: TLSSocket; facts: TlsFacts }>> {
  return new Promise((resolve) => {
    const isName = !/^[\d.]+$|:|\[/.test(request.serverName);
    const secure = connectTls({
      socket: plain,
      // RFC 6066 3: SNI carries names only, never addresses.
      ...(isName ? { servername: request.serverName } : {}),
      rejectUnauthorized: request.verify,
    });
    const timer = setTimeout(() => fail("no TLS handshake in time"), request.timeoutMs);
    const onError = (error: Error) => fail(describe(error));
    const onClose = () => fail("closed during the TLS handshake");
    const settle = () => {
      clearTimeout(timer);
      secure.off("error", onError).off("close", onClose);
    };
    const fail = (detail: string) => {
      settle();
      secure.on("error", () => {});
      secure.destroy();
      resolve(err(detail));
    };
    secure.on("error", onError).on("close", onClose);
    secure.once("secureConnect", () => {
      settle();
      const facts = {
        protocol: secure.getProtocol() ?? "TLS",
        cipher: secure.getCipher().standardName,
        verified: secure.authorized,
      };
      resolve(ok({ socket: secure, facts }));
    });
  });
}

function describe(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ECONNRESET":
      return "connection reset by the peer";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no route to the host";
    case "ETIMEDOUT":
      return "connection timed out";
    default:
      return error.message;
  }
}
