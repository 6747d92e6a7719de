import type { Domain } from "../core/domain.ts";
import { formatId, type MessageId } from "../core/ids.ts";
import type { Instant } from "../core/instant.ts";
import type { Containment } from "../ports/containment-store.ts";
import { formatDate } from "../protocol/message/date-time.ts";

export interface AlertMail {
  readonly id: MessageId;
  readonly hostname: Domain;
  readonly to: string;
  readonly at: Instant;
  readonly containment: Containment;
}

/** The mail that tells an administrator of a containment: plain text, which says what to do. */
export function alertMessage({ id, hostname, to, at, containment }: AlertMail): Buffer {
  const { account, cause, by } = containment;
  const lines = [
    `Date: ${formatDate(at)}`,
    `From: Postern <MAILER-DAEMON@${hostname}>`,
    `To: <${to}>`,
    `Subject: ${account} may not send any more`,
    `Message-ID: <${formatId(id)}@${hostname}>`,
    // RFC 3834 5: nobody's holiday notice is wanted.
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    `${account} has been contained on ${hostname}:`,
    ...wrapped(oneLine(cause)),
    `By: ${by === "rule" ? "a rule" : oneLine(by)}`,
    `At: ${new Date(containment.at).toISOString()}`,
    "",
    "It still receives mail. Its sessions and grants have ended, and its queued mail to other",
    "servers is held. See what it sent, then delete or release it:",
    "",
    `  postern containment show ${account}`,
    `  postern containment purge ${account}`,
    `  postern containment release ${account}`,
    "",
    "If somebody has its password, set a new one before you release it:",
    "",
    `  postern mailbox set-password ${account}`,
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}

/** RFC 5322 2.1.1: at most 998 octets a line. */
function wrapped(text: string): string[] {
  return text.match(/.{1,200}/gu) ?? [];
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, " ");
}
