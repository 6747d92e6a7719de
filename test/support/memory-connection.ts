import { duplexPair, type Duplex as NodeDuplex } from "node:stream";
import { PopConnection } from "../../src/pop3-server/pop-connection.ts";
import type { PopListenerSettings, PopServices } from "../../src/pop3-server/pop-context.ts";
import { SmtpConnection } from "../../src/smtp-server/connection.ts";
import type { ListenerSettings, SmtpServices } from "../../src/smtp-server/session-context.ts";
import { ip } from "./relay-facts.ts";
import type { Duplex } from "./transcript.ts";

const FAKE_TLS = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", channelBinding: undefined };

const CLIENT = { client: ip("127.0.0.1"), clientIsProxy: false } as const;

/** An SMTP session without a socket. */
export function memoryConnection(
  services: SmtpServices,
  listener: ListenerSettings,
): Duplex & { close(): void } {
  const tls = listener.protocol === "submissions" ? FAKE_TLS : undefined;
  return inMemory((server) => {
    const context = { ...services, listener, ...CLIENT, tls };
    return new SmtpConnection(server, context, upgrade, () => {});
  });
}

/** A POP3 session without a socket. */
export function memoryPopConnection(
  services: PopServices,
  listener: PopListenerSettings,
): Duplex & { close(): void } {
  const tls = listener.protocol === "pop3s" ? FAKE_TLS : undefined;
  return inMemory((server) => {
    const context = { ...services, listener, ...CLIENT, tls };
    return new PopConnection(server, context, upgrade, () => {});
  });
}

const upgrade = async (stream: NodeDuplex) => ({ stream, tls: FAKE_TLS });

/** Both ends in memory; STARTTLS and STLS change what the session knows and no byte. */
function inMemory(begin: (server: NodeDuplex) => { start(): void }): Duplex & { close(): void } {
  const [client, server] = duplexPair();
  begin(server).start();
  let text = "";
  let ended = false;
  let wake = () => {};
  client.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    wake();
  });
  client.on("end", () => {
    ended = true;
    wake();
  });
  return {
    send: (bytes) => void client.write(bytes),
    async receiveLine() {
      for (;;) {
        const end = text.indexOf("\r\n");
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 2);
          return line;
        }
        if (ended) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    startTls: async () => {},
    close: () => client.destroy(),
  };
}
