import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** An SMTP server that takes everything and keeps each message's bytes, which Postfix's smtp-sink does not. */
export interface ByteSink {
  readonly port: number;
  /** The messages so far, dots undone, in the order in which they came. */
  readonly messages: readonly Buffer[];
  stop(): Promise<void>;
}

/** Starts a sink on a free port of 127.0.0.1. */
export async function startByteSink(): Promise<ByteSink> {
  const messages: Buffer[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    authOptional: true,
    logger: false,
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        messages.push(Buffer.concat(chunks));
        done();
      });
    },
  });
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  return {
    port: (listening.address() as AddressInfo).port,
    messages,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
