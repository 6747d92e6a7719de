import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Duplex } from "./transcript.ts";

/** A transcript's connection over TCP or TLS. */
export interface TcpDuplex extends Duplex {
  startTls(): Promise<void>;
  close(): void;
}

/** Where to connect. */
export interface TcpDuplexOptions {
  readonly host?: string;
  readonly port: number;
  /** The client's own address, such as 127.0.0.2; the system chooses one unless it is given. */
  readonly localAddress?: string;
  /** TLS from the first byte. Certificates are not verified. */
  readonly tls?: boolean;
  /** How long to wait for one line. */
  readonly lineWithinMs?: number;
}

/** Connects to a server on loopback. Whoever opens it closes it. */
export async function openTcpDuplex(options: TcpDuplexOptions): Promise<TcpDuplex> {
  const { host = "127.0.0.1", port, localAddress, tls = false, lineWithinMs = 10_000 } = options;
  const from = localAddress === undefined ? {} : { localAddress };
  let socket: Socket = connect({ host, port, noDelay: true, ...from });
  await once(socket, "connect");
  if (tls) socket = await secured(socket);
  let lines = readLines(socket);
  return {
    send: (bytes) => {
      socket.write(bytes);
    },
    receiveLine: () => within(lines.next(), lineWithinMs),
    startTls: async () => {
      lines.detach();
      socket = await secured(socket);
      lines = readLines(socket);
    },
    close: () => {
      socket.destroy();
    },
  };
}

async function secured(socket: Socket): Promise<Socket> {
  const over = connectTls({ socket, rejectUnauthorized: false });
  await once(over, "secureConnect");
  return over;
}

/** Lines as they come, for one reader. */
interface LineReader {
  next(): Promise<string | undefined>;
  /** Stops reading, so that TLS can take the socket. */
  detach(): void;
}

function readLines(socket: Socket): LineReader {
  let rest = "";
  let ended = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer) => {
    rest += chunk.toString("latin1");
    wake();
  };
  const onEnd = () => {
    ended = true;
    wake();
  };
  socket.on("data", onData);
  for (const event of ["end", "close", "error"]) socket.on(event, onEnd);
  return {
    next: async () => {
      for (;;) {
        const end = rest.indexOf("\r\n");
        if (end >= 0) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 2);
          return line;
        }
        if (ended && rest === "") return undefined;
        if (ended) throw new Error(`The connection ended in the middle of a line: ${JSON.stringify(rest)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    detach: () => {
      socket.off("data", onData);
      if (rest !== "") throw new Error(`The server sent this before TLS began: ${JSON.stringify(rest)}`);
    },
  };
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The server sent no line within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
