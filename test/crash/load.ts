import { openSmtpDialog, type SmtpDialog } from "../support/smtp-dialog.ts";

/** A message to send, with one or more recipients. */
export interface Draft {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly message: Buffer;
}

export interface LoadOptions {
  readonly port: number;
  /** Connections at a time. */
  readonly sessions: number;
  /** The next message, or `undefined` where there is no more to send. */
  readonly next: () => Draft | undefined;
  /** Told as soon as `250` to a message has been read. */
  readonly acknowledged: (id: string) => void;
  /** Told of any other reply, of which there should be none. */
  readonly refused: (id: string, reply: string) => void;
}

/** Sends over several connections until the drafts end or the server goes away; resolves when every connection has ended. */
export async function sendLoad(options: LoadOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.sessions }, () => oneSession(options)));
}

async function oneSession(options: LoadOptions): Promise<void> {
  let dialog: SmtpDialog | undefined;
  try {
    dialog = await openSmtpDialog({ port: options.port, lineWithinMs: 20_000 });
    for (let draft = options.next(); draft; draft = options.next()) {
      const reply = await send(dialog, draft);
      if (reply.startsWith("250 ")) options.acknowledged(draft.id);
      else options.refused(draft.id, reply);
    }
  } catch {
    // The server has been killed. What it did not answer may or may not arrive.
  } finally {
    dialog?.close();
  }
}

async function send(dialog: SmtpDialog, { from, to, message }: Draft): Promise<string> {
  for (const command of [`MAIL FROM:<${from}>`, ...to.map((address) => `RCPT TO:<${address}>`)]) {
    const reply = await dialog.command(command);
    if (!reply.startsWith("250 ")) return reply;
  }
  return dialog.data(message);
}
