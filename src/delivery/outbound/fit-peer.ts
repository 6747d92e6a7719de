import type { Outcome } from "../../core/outcome.ts";
import type { Envelope, QueueRow } from "../../ports/queue-store.ts";
import type { PeerCapabilities } from "../../protocol/smtp/ehlo.ts";
import type { Remote } from "./classify.ts";
import { fitsCommand } from "./envelope-commands.ts";

/** A message and what may be asked of it. */
export interface Fitting {
  readonly envelope: Envelope;
  readonly rows: readonly QueueRow[];
  /** Reads the header; only needed where the peer does not offer what the sender asked for. */
  readonly header: () => Promise<Buffer>;
}

/** The rows that can be sent to this peer, and those that cannot, each with the outcome. */
export interface Fit {
  readonly fitting: readonly QueueRow[];
  readonly failed: readonly { readonly row: QueueRow; readonly outcome: Outcome }[];
}

/** Holds a message against what a peer offers, before anything is said. */
export async function fitPeer(message: Fitting, peer: PeerCapabilities, remote: Remote): Promise<Fit> {
  const { envelope, rows } = message;
  if (peer.size !== undefined && envelope.size > peer.size) {
    const why = `the message has ${envelope.size} bytes and the server takes ${peer.size}`;
    return none(rows, "5.3.4", why, remote);
  }
  if (envelope.eightBit && !peer.eightBitMime) {
    // RFC 6152 3: 8-bit content must not go to a server that does not offer 8BITMIME.
    return none(rows, "5.6.3", "the message is 8-bit and the server takes only 7-bit mail", remote);
  }
  if (!fitsCommand(envelope.sender)) return none(rows, "5.1.7", "the sender is no address", remote);
  const international = envelope.smtpUtf8 && !peer.smtpUtf8;
  const everywhere = international && (!isAscii(envelope.sender) || !isAscii(await message.header()));
  const fitting: QueueRow[] = [];
  const failed: { row: QueueRow; outcome: Outcome }[] = [];
  for (const row of rows) {
    // RFC 6531 3.2: the message itself may be plain; then it may go as plain mail.
    if (international && (everywhere || !isAscii(row.target))) {
      failed.push({
        row,
        outcome: failure("5.6.7", "the message needs SMTPUTF8 and the server does not offer it", remote),
      });
    } else if (!fitsCommand(row.target)) {
      failed.push({ row, outcome: failure("5.1.3", "the recipient is no address", remote) });
    } else fitting.push(row);
  }
  return { fitting, failed };
}

function none(rows: readonly QueueRow[], status: string, diagnostic: string, remote: Remote): Fit {
  const outcome = failure(status, diagnostic, remote);
  return { fitting: [], failed: rows.map((row) => ({ row, outcome })) };
}

function failure(status: string, diagnostic: string, remote: Remote): Outcome {
  return { kind: "failed", status, diagnostic, remote };
}

function isAscii(text: string | Buffer): boolean {
  return typeof text === "string" ? !/[^\u0000-\u007f]/.test(text) : text.every((byte) => byte < 128);
}
