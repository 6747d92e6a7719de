import { openTcpDuplex, type TcpDuplexOptions } from "./tcp-duplex.ts";

/** A session of a client that has said EHLO, for tests that need to be at a certain command or to send certain bytes. */
export interface SmtpDialog {
  /** Sends a line and gives the last line of the reply. */
  command(line: string): Promise<string>;
  /** Sends a message as it is after DATA, with dots doubled; gives the reply to it, or to DATA when that is refused. */
  data(message: Uint8Array): Promise<string>;
  /** Sends a message as one BDAT chunk, which needs no line end at its end. */
  bdat(message: Uint8Array): Promise<string>;
  /** Starts TLS and says EHLO again. */
  startTls(): Promise<void>;
  /** The reply that comes without having been asked for, such as 421 before the server closes. */
  lastWords(): Promise<string>;
  close(): void;
}

/** A dialog to open, and the bytes that come before it, such as a PROXY header. */
export interface SmtpDialogOptions extends TcpDuplexOptions {
  readonly prefix?: Uint8Array | string;
}

/** One message for one recipient. */
export interface Offer extends SmtpDialogOptions {
  readonly from: string;
  readonly to: string;
  /** Follows RCPT's address, such as `NOTIFY=NEVER`. */
  readonly rcptParameters?: string;
  /** Logs in by PLAIN; the connection needs TLS for it. */
  readonly login?: { readonly user: string; readonly password: string };
  /** With CRLF line ends. */
  readonly message?: Uint8Array | string;
}

/**
 * Connects and says EHLO.
 * @throws with the greeting where the server does not greet with 220
 */
export async function openSmtpDialog(options: SmtpDialogOptions): Promise<SmtpDialog> {
  const duplex = await openTcpDuplex(options);
  const reply = async () => {
    for (;;) {
      const line = await duplex.receiveLine();
      if (line === undefined) throw new Error("The server has closed the connection");
      if (line[3] !== "-") return line;
    }
  };
  const command = async (line: string) => {
    await duplex.send(Buffer.from(`${line}\r\n`, "latin1"));
    return reply();
  };
  try {
    if (options.prefix !== undefined) await duplex.send(Buffer.from(options.prefix));
    const greeting = await reply();
    if (!greeting.startsWith("220 ")) throw new Error(greeting);
    await command("EHLO client.test");
  } catch (error) {
    duplex.close();
    throw error;
  }
  return {
    command,
    lastWords: reply,
    close: () => duplex.close(),
    data: async (message) => {
      const go = await command("DATA");
      if (!go.startsWith("354")) return go;
      await duplex.send(dotStuffed(Buffer.from(message)));
      return reply();
    },
    bdat: async (message) => {
      await duplex.send(Buffer.from(`BDAT ${message.length} LAST\r\n`));
      await duplex.send(message);
      return reply();
    },
    startTls: async () => {
      await command("STARTTLS");
      await duplex.startTls();
      await command("EHLO client.test");
    },
  };
}

/** Offers one message and gives the reply that decided on it: the first refusal, or the answer to the message. */
export async function offer(options: Offer): Promise<string> {
  const dialog = await openSmtpDialog(options);
  try {
    const { from, to, rcptParameters = "", login, message = "Subject: an offer\r\n\r\nHello.\r\n" } = options;
    const commands = [`MAIL FROM:<${from}>`, `RCPT TO:<${to}> ${rcptParameters}`.trimEnd()];
    if (login) {
      if (options.tls !== true) await dialog.startTls();
      const plain = Buffer.from(`\0${login.user}\0${login.password}`).toString("base64");
      commands.unshift(`AUTH PLAIN ${plain}`);
    }
    for (const command of commands) {
      const reply = await dialog.command(command);
      if (!reply.startsWith("2")) return reply;
    }
    return await dialog.data(Buffer.from(message));
  } finally {
    dialog.close();
  }
}

/** RFC 5321 4.5.2, and the end of data. */
function dotStuffed(message: Buffer): Buffer {
  const text = message.toString("latin1").replace(/(^|\r\n)\./g, "$1..");
  const end = text === "" || text.endsWith("\r\n") ? ".\r\n" : "\r\n.\r\n";
  return Buffer.from(text + end, "latin1");
}
