import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A message that the peer has got to its end, dots undone. */
export interface PeerCopy {
  readonly message: Buffer;
  /** The life of the server that sent it. */
  readonly life: number;
  /** Whether `250` was sent; otherwise the connection was cut instead. */
  readonly answered: boolean;
}

/** The server that Postern relays to: it records what it got, can cut its answer, and can kill right behind it. */
export interface CrashSink {
  readonly port: number;
  /** From now on connections are those of the server's life of that number. */
  beginLife(life: number): void;
  /** Calls back once, as soon as the next `250` to a message has been written. */
  afterNextAnswer(then: () => void): void;
  stop(): Promise<void>;
}

export interface CrashSinkOptions {
  readonly arrived: (copy: PeerCopy) => void;
  /** Asked at the end of each message: whether to cut the connection instead of answering. */
  readonly cutsAnswer: () => boolean;
}

/** Recipients of this domain are refused for good, so that their mail bounces. */
export const REFUSED_DOMAIN = "refused.test";

const END_OF_DATA = Buffer.from("\r\n.\r\n");

/** Starts the peer on a free port of 127.0.0.1. */
export async function startCrashSink(options: CrashSinkOptions): Promise<CrashSink> {
  let life = 0;
  let afterAnswer: (() => void) | undefined;
  const sockets = new Set<Socket>();
  const answered = () => {
    const then = afterAnswer;
    afterAnswer = undefined;
    then?.();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveClient(socket, life, options, answered);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    beginLife: (number) => {
      life = number;
    },
    afterNextAnswer: (then) => {
      afterAnswer = then;
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function serveClient(socket: Socket, life: number, options: CrashSinkOptions, answered: () => void): void {
  let lines = Buffer.alloc(0);
  /** The pieces of the message that is coming in. */
  let data: Buffer[] | undefined;
  let recipients = 0;

  const takeData = (chunk: Buffer) => {
    data?.push(chunk);
    const tail = chunk.length >= END_OF_DATA.length ? chunk : Buffer.concat((data ?? []).slice(-5));
    // The client waits for the answer, so nothing comes behind the end.
    if (!tail.subarray(-END_OF_DATA.length).equals(END_OF_DATA)) return;
    const message = withoutStuffing(Buffer.concat(data ?? []));
    data = undefined;
    const answers = !options.cutsAnswer();
    options.arrived({ message, life, answered: answers });
    if (!answers) socket.destroy();
    else {
      socket.write("250 2.0.0 taken\r\n");
      answered();
    }
  };
  const takeLines = (chunk: Buffer) => {
    lines = Buffer.concat([lines, chunk]);
    for (let end = lines.indexOf("\r\n"); end >= 0; end = lines.indexOf("\r\n")) {
      const line = lines.toString("latin1", 0, end);
      lines = lines.subarray(end + 2);
      const reply = line === "DATA" && recipients === 0 ? "554 5.5.1 no recipient\r\n" : replyTo(line);
      socket.write(reply);
      if (line.startsWith("MAIL")) recipients = 0;
      if (line.startsWith("RCPT") && reply.startsWith("250")) recipients += 1;
      // What follows DATA in the same chunk would be data, but the client waits for 354.
      if (reply.startsWith("354")) data = [Buffer.from("\r\n")];
      if (line === "QUIT") socket.end();
    }
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => (data ? takeData(chunk) : takeLines(chunk)));
  socket.write("220 peer.test ESMTP\r\n");
}

function replyTo(line: string): string {
  if (line.startsWith("EHLO"))
    return "250-peer.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 104857600\r\n";
  if (line.startsWith("RCPT") && line.includes(`@${REFUSED_DOMAIN}>`)) return "550 5.1.1 no such user\r\n";
  if (line === "DATA") return "354 go on\r\n";
  if (line === "QUIT") return "221 2.0.0 bye\r\n";
  return "250 2.0.0 ok\r\n";
}

/** RFC 5321 4.5.2. The data begins with a line end that was put there to find a dot in the first line. */
function withoutStuffing(data: Buffer): Buffer {
  const text = data.toString("latin1", 0, data.length - 3).replaceAll("\r\n.", "\r\n");
  return Buffer.from(text.slice(2), "latin1");
}
