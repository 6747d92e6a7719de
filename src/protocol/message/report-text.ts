import type { Instant } from "../../core/instant.ts";
import { formatDate } from "./date-time.ts";
import { MAX_QUOTED_CHARS, type ReportRecipient } from "./delivery-status.ts";
import { safeText } from "./safe-text.ts";
import { statusWords } from "./status-words.ts";
import { wrapText } from "./wrap-text.ts";

/** What a report is about. */
export type ReportKind = "failed" | "delayed" | "delivered" | "relayed";

/** What the part for people is made of. */
export interface ReportText {
  readonly hostname: string;
  readonly kind: ReportKind;
  readonly arrivalAt: Instant;
  readonly recipients: readonly ReportRecipient[];
  readonly willRetryUntil?: Instant;
  /** What of the message is attached. */
  readonly attached: "message" | "header";
  readonly utf8: boolean;
}

const WIDTH = 72;

/** The Subject of a report, by what it is about. */
export const REPORT_SUBJECTS: Readonly<Record<ReportKind, string>> = {
  failed: "Undelivered: your message could not be delivered",
  delayed: "Delayed: your message has not been delivered yet",
  delivered: "Delivered: your message has arrived",
  relayed: "Passed on: your message went to the next mail server",
};

/** Writes the part of a report that people read: what happened, to whom, why, and what to do. Lines end in CRLF. */
export function reportText(report: ReportText): string {
  const paragraphs = [
    [`This is the mail server ${safeText(report.hostname, 255, report.utf8)}.`],
    wrapText(summary(report), WIDTH, ""),
    ...report.recipients.map((each) => recipientParagraph(each, report.utf8)),
    wrapText(
      report.attached === "message"
        ? "Your message is attached."
        : "The header of your message is attached, so that you can see which one it was.",
      WIDTH,
      "",
    ),
  ];
  return paragraphs.map((lines) => lines.map((line) => `${line}\r\n`).join("")).join("\r\n");
}

function summary({ kind, arrivalAt, recipients, willRetryUntil }: ReportText): string {
  const whom = recipients.length === 1 ? "the recipient below" : `the ${recipients.length} recipients below`;
  const message = `Your message of ${formatDate(arrivalAt)}`;
  switch (kind) {
    case "failed":
      return `${message} could not be delivered to ${whom}. It will not be tried again.`;
    case "delayed": {
      const until = willRetryUntil === undefined ? "" : ` until ${formatDate(willRetryUntil)}`;
      return `${message} could not be delivered to ${whom} yet. This server goes on trying${until} and will tell you if it gives up. You need not send the message again.`;
    }
    case "delivered":
      return `${message} was delivered to ${whom}. You get this notice because it was asked for.`;
    case "relayed":
      return `${message} was passed on to the next mail server for ${whom}. That server does not confirm deliveries, so you will hear again only if something goes wrong.`;
  }
}

function recipientParagraph(recipient: ReportRecipient, utf8: boolean): string[] {
  const said = safeText(recipient.diagnostic, MAX_QUOTED_CHARS, utf8);
  const answer = said === "" ? [] : [...indented(whoSaid(recipient, utf8), 4), ...indented(said, 8)];
  const address = wrapText(safeText(recipient.recipient, 512, utf8), WIDTH, "  ");
  if (recipient.action !== "failed" && recipient.action !== "delayed") {
    return [...address, ...indented(DONE[recipient.action], 4), ...answer];
  }
  const { why, advice } = statusWords(recipient.status);
  const toDo = recipient.action === "failed" ? indented(`What to do: ${advice}`, 4) : [];
  return [...address, ...indented(why, 4), ...answer, ...toDo];
}

const DONE = {
  delivered: "Delivered.",
  relayed: "Passed on to the next mail server.",
  expanded: "Passed on to the members of a group, each with an address of its own.",
} as const;

function whoSaid(recipient: ReportRecipient, utf8: boolean): string {
  return recipient.remoteMta === undefined
    ? "In this server's words:"
    : `The server ${safeText(recipient.remoteMta, 255, utf8)} answered:`;
}

function indented(text: string, columns: number): string[] {
  return wrapText(text, WIDTH - columns, "").map((line) => " ".repeat(columns) + line);
}
