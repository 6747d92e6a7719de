import type { Instant } from "../../core/instant.ts";
import { formatDate } from "./date-time.ts";
import { safeText, safeWord } from "./safe-text.ts";
import { foldedField } from "./wrap-text.ts";

/** What became of the message for one recipient. */
export interface ReportRecipient {
  /** The address that the message was sent on to, without brackets. */
  readonly recipient: string;
  /** RFC 3461 4.2: the sender's own word for the recipient, `rfc822;…`, decoded. */
  readonly orcpt?: string;
  readonly action: "failed" | "delayed" | "delivered" | "relayed" | "expanded";
  /** Enhanced status code (RFC 3463). */
  readonly status: string;
  /** What the other server answered, or this one's own words where there is no `remoteMta`. */
  readonly diagnostic: string;
  /** The server that answered. */
  readonly remoteMta?: string;
  readonly lastAttemptAt: Instant;
}

/** What the machine-readable part is made of. */
export interface DeliveryStatus {
  readonly reportingMta: string;
  readonly envid?: string;
  readonly arrivalAt: Instant;
  readonly recipients: readonly ReportRecipient[];
  readonly willRetryUntil?: Instant;
  readonly utf8: boolean;
}

/** Longest piece of somebody else's text that is repeated in a report, in characters. */
export const MAX_QUOTED_CHARS = 1000;

/** Writes message/delivery-status (RFC 3464 2), or message/global-delivery-status where `utf8` (RFC 6533 4). */
export function deliveryStatus(status: DeliveryStatus): string {
  const fields = [
    foldedField("Reporting-MTA", `dns; ${safeText(status.reportingMta, 255, false)}`),
    status.envid === undefined
      ? ""
      : foldedField("Original-Envelope-Id", safeText(status.envid, MAX_QUOTED_CHARS, status.utf8)),
    foldedField("Arrival-Date", formatDate(status.arrivalAt)),
  ];
  // RFC 3464 2.1: the fields of each recipient stand after an empty line.
  return [fields.join(""), ...status.recipients.map((each) => recipientFields(each, status))].join("\r\n");
}

function recipientFields(recipient: ReportRecipient, status: DeliveryStatus): string {
  const { utf8 } = status;
  const said = safeText(recipient.diagnostic, MAX_QUOTED_CHARS, utf8);
  // RFC 3464 2.3.6: `smtp` is for replies of a server; this server's own words have a type of its own.
  const saidType = recipient.remoteMta === undefined ? "X-Postern" : "smtp";
  return [
    recipient.orcpt === undefined
      ? ""
      : foldedField("Original-Recipient", originalRecipient(recipient.orcpt, utf8)),
    foldedField("Final-Recipient", typedAddress("rfc822", recipient.recipient, utf8)),
    foldedField("Action", recipient.action),
    foldedField("Status", validStatus(recipient)),
    recipient.remoteMta === undefined
      ? ""
      : foldedField("Remote-MTA", `dns; ${safeText(recipient.remoteMta, 255, utf8)}`),
    said === "" ? "" : foldedField("Diagnostic-Code", `${saidType}; ${said}`),
    foldedField("Last-Attempt-Date", formatDate(recipient.lastAttemptAt)),
    recipient.action === "delayed" && status.willRetryUntil !== undefined
      ? foldedField("Will-Retry-Until", formatDate(status.willRetryUntil))
      : "",
  ].join("");
}

const CLASS = { failed: "5", delayed: "4", delivered: "2", relayed: "2", expanded: "2" } as const;

/** RFC 3464 2.3.4: the status must be there and of its form; `X.0.0` says no more than the action does. */
function validStatus(recipient: ReportRecipient): string {
  return /^[245]\.\d{1,3}\.\d{1,3}$/.test(recipient.status)
    ? recipient.status
    : `${CLASS[recipient.action]}.0.0`;
}

function originalRecipient(orcpt: string, utf8: boolean): string {
  const split = orcpt.indexOf(";");
  return split < 1
    ? typedAddress("rfc822", orcpt, utf8)
    : typedAddress(safeWord(orcpt.slice(0, split).trim(), 32), orcpt.slice(split + 1), utf8);
}

/** RFC 6533 3: an address beyond ASCII is of type `utf-8`, and is escaped where the report itself is ASCII. */
function typedAddress(type: string, address: string, utf8: boolean): string {
  const text = safeText(address, 512, true);
  if (/^[\x20-\x7e]*$/.test(text)) return `${type}; ${text}`;
  return `utf-8; ${text.replace(utf8 ? /[ +=\\]/g : /[ +=\\]|[^\x20-\x7e]/gu, escapeCharacter)}`;
}

function escapeCharacter(character: string): string {
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
}
