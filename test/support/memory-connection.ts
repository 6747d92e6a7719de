import { duplexPair } from "node:stream";
import { SmtpConnection } from "../../src/smtp-server/connection.ts";
import type { ListenerSettings, SmtpServices } from "../../src/smtp-server/session-context.ts";
import { ip } from "./relay-facts.ts";
import type { Duplex } from "./transcript.ts";

const FAKE_TLS = { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", channelBinding: undefined };

/** A session without a socket: both ends in memory; STARTTLS changes what the session knows and no byte. */
export function memoryConnection(
  services: SmtpServices,
  listener: ListenerSettings,
): Duplex & { close(): void } {
  const [client, server] = duplexPair();
  const connection = new SmtpConnection(
    server,
    {
      ...services,
      listener,
      client: ip("127.0.0.1"),
      clientIsProxy: false,
      tls: listener.protocol === "submissions" ? FAKE_TLS : undefined,
    },
    async (stream) => ({ stream, tls: FAKE_TLS }),
    () => {},
  );
  connection.start();
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
