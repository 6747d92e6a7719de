import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** A client's end of one SMTP session, which costs as little processor time as it can. One thing at a time. */
export interface SmtpClient {
  /** Writes a command, or a message with its end, and waits for the whole reply. Rejects unless it begins with `code`. */
  say(text: string | Buffer, code: string): Promise<void>;
  /** The session goes on over TLS. The server's certificate is not looked at. */
  startTls(): Promise<SmtpClient>;
  close(): void;
}

/** Connects to a server on 127.0.0.1 and waits for its greeting. */
export async function connectSmtp(port: number): Promise<SmtpClient> {
  const socket = connectTcp({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const { client, reply } = smtpClient(socket);
  await reply("220");
  return client;
}

function smtpClient(socket: Socket) {
  let text = "";
  let settle: { resolve: (reply: string) => void; reject: (error: Error) => void } | undefined;
  const onData = (chunk: Buffer) => {
    text += chunk.toString("latin1");
    // RFC 5321 4.2.1: the last line of a reply has a blank behind its code.
    if (!/(?:^|\n)\d{3} [^\n]*\n$/.test(text)) return;
    const reply = text;
    text = "";
    settle?.resolve(reply);
  };
  socket.on("data", onData);
  socket.on("error", (error) => settle?.reject(error));
  socket.on("close", () => settle?.reject(new Error("The server closed the connection.")));
  const reply = async (code: string) => {
    const got = await new Promise<string>((resolve, reject) => {
      settle = { resolve, reject };
    });
    if (!got.startsWith(code)) throw new Error(`The server said ${got.trim()}, not ${code}.`);
  };
  const client: SmtpClient = {
    say(words, code) {
      socket.write(words);
      return reply(code);
    },
    async startTls() {
      await client.say("STARTTLS\r\n", "220");
      socket.off("data", onData);
      const secure = connectTls({ socket, rejectUnauthorized: false });
      await once(secure, "secureConnect");
      return smtpClient(secure).client;
    },
    close: () => socket.destroy(),
  };
  return { client, reply };
}
