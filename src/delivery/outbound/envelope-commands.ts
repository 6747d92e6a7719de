import type { Envelope, QueueRow } from "../../ports/queue-store.ts";
import type { PeerCapabilities } from "../../protocol/smtp/ehlo.ts";
import { encodeXtext } from "../../protocol/smtp/xtext.ts";

/** MAIL with the parameters that the peer understands, CRLF included. */
export function mailCommand(envelope: Envelope, peer: PeerCapabilities): string {
  let command = `MAIL FROM:<${envelope.sender}>`;
  if (peer.size !== undefined) command += ` SIZE=${envelope.size}`;
  if (peer.eightBitMime && envelope.eightBit) command += " BODY=8BITMIME";
  if (peer.smtpUtf8 && envelope.smtpUtf8) command += " SMTPUTF8";
  // RFC 3461 5.2.1: what the sender asked for goes on to a server that knows it.
  if (peer.dsn && envelope.ret !== undefined) command += ` RET=${envelope.ret}`;
  if (peer.dsn && envelope.envid !== undefined) command += ` ENVID=${encodeXtext(envelope.envid)}`;
  return `${command}\r\n`;
}

/** RCPT with the parameters that the peer understands, CRLF included. */
export function recipientCommand(row: QueueRow, peer: PeerCapabilities): string {
  let command = `RCPT TO:<${row.target}>`;
  if (peer.dsn && row.notify !== undefined) command += ` NOTIFY=${row.notify.join(",")}`;
  if (peer.dsn && row.orcpt !== undefined) command += ` ORCPT=${orcptParameter(row.orcpt)}`;
  return `${command}\r\n`;
}

/** RFC 3461 4.2: the type stands as it is, only the address after the semicolon is xtext. */
function orcptParameter(orcpt: string): string {
  const semicolon = orcpt.indexOf(";");
  return `${orcpt.slice(0, semicolon + 1)}${encodeXtext(orcpt.slice(semicolon + 1))}`;
}

/** Whether an address can stand in a command without becoming another one. */
export function fitsCommand(address: string): boolean {
  return !/[\u0000-\u001f\u007f]/.test(address);
}
