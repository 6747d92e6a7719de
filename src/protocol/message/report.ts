import { isAscii } from "node:buffer";
import type { Instant } from "../../core/instant.ts";
import { formatDate } from "./date-time.ts";
import { deliveryStatus, type ReportRecipient } from "./delivery-status.ts";
import { REPORT_SUBJECTS, type ReportKind, reportText } from "./report-text.ts";
import { type ReturnedContent, returnedContent } from "./returned-content.ts";
import { isSafeAddress, safeText } from "./safe-text.ts";
import { foldedField } from "./wrap-text.ts";

/** Everything that a delivery status notification says. Texts of others may be as they came: they are made safe here. */
export interface Report {
  /** This server, as people know it. */
  readonly hostname: string;
  /** This server, as other servers know it (`Reporting-MTA: dns; …`). */
  readonly reportingMta: string;
  /** The author: `MAILER-DAEMON@…`. */
  readonly from: string;
  /** The sender of the message that is reported on, without brackets. Never the null path. */
  readonly to: string;
  readonly at: Instant;
  /** Without angle brackets. */
  readonly messageId: string;
  /** Random; letters, digits, `=`, `-`, `_` and `.`, at most 60 characters. */
  readonly boundary: string;
  readonly kind: ReportKind;
  /** RFC 3461 4.4, decoded. */
  readonly envid?: string;
  /** When the message came in here. */
  readonly arrivalAt: Instant;
  /** At least one. */
  readonly recipients: readonly ReportRecipient[];
  /** `header` may be followed by more of the message, which is left out. `full` only where all is to be returned. */
  readonly original: { readonly header: Buffer; readonly full?: Buffer };
  /** Whether the report may go out with SMTPUTF8: then addresses stand as they are and the types are RFC 6533's. */
  readonly utf8: boolean;
  /** For `delayed`: when this server gives up. */
  readonly willRetryUntil?: Instant;
}

/**
 * Builds a delivery status notification (RFC 3464, RFC 6522; RFC 6533 where `utf8`): a part for people, one for programs,
 * and the message or its header. CRLF throughout, no line over 998 octets. It has 8-bit octets only where the returned
 * message has, or with `utf8`. The envelope is the caller's: the null path as sender, so that no report answers a report.
 */
export function buildReport(report: Report): Buffer {
  const returned = returnedContent(report.original);
  const parts = [
    textPart(report, returned),
    part(report.utf8 ? "message/global-delivery-status" : "message/delivery-status", deliveryStatus(report)),
    returnedPart(returned, report.utf8),
  ];
  const boundary = freeBoundary(report.boundary, parts);
  const eightBit = !parts.every(isAscii);
  const chunks: Buffer[] = [Buffer.from(topHeader(report, boundary, eightBit))];
  for (const each of parts) chunks.push(Buffer.from(`\r\n--${boundary}\r\n`), each);
  chunks.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}

function topHeader(report: Report, boundary: string, eightBit: boolean): string {
  const to = isSafeAddress(report.to, report.utf8) ? `<${report.to}>` : "undisclosed-recipients:;";
  const messageId = report.messageId.replace(/[^\x21-\x7e]|[<>]/g, "");
  return [
    foldedField("From", `Mail Delivery System <${safeText(report.from, 320, report.utf8)}>`),
    `To: ${to}\r\n`,
    foldedField("Subject", REPORT_SUBJECTS[report.kind]),
    foldedField("Date", formatDate(report.at)),
    `Message-ID: <${messageId}>\r\n`,
    // RFC 3834 5: so that no vacation program answers.
    "Auto-Submitted: auto-replied\r\n",
    "MIME-Version: 1.0\r\n",
    "Content-Type: multipart/report; report-type=delivery-status;\r\n",
    `\tboundary="${boundary}"\r\n`,
    eightBit ? "Content-Transfer-Encoding: 8bit\r\n" : "",
  ].join("");
}

function textPart(report: Report, returned: ReturnedContent): Buffer {
  const text = reportText({ ...report, attached: returned.kind });
  return part(`text/plain; charset=${report.utf8 ? "utf-8" : "us-ascii"}`, text);
}

/** RFC 6522 3 and RFC 6533 5: the types for a whole message and for a header alone. */
function returnedPart(returned: ReturnedContent, utf8: boolean): Buffer {
  if (returned.kind === "message") return part(utf8 ? "message/global" : "message/rfc822", returned.bytes);
  return part(utf8 ? "message/global-headers" : "text/rfc822-headers", returned.bytes);
}

function part(type: string, content: string | Buffer): Buffer {
  const body = Buffer.from(content);
  const encoding = isAscii(body) ? "" : "Content-Transfer-Encoding: 8bit\r\n";
  return Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n${encoding}\r\n`), body]);
}

/** A boundary that no part has in it (RFC 2046 5.1.1): the returned message is somebody else's and may hold any text. */
function freeBoundary(wanted: string, parts: readonly Buffer[]): string {
  const base = wanted.replace(/[^A-Za-z0-9=._-]/g, "-").slice(0, 60);
  let boundary = base;
  for (let n = 1; parts.some((each) => each.includes(`--${boundary}`)); n += 1) boundary = `${base}.${n}`;
  return boundary;
}
