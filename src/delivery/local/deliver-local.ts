import { formatId } from "../../core/ids.ts";
import type { Instant } from "../../core/instant.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { BodyStore } from "../../ports/body-store.ts";
import type { DeliverMessage, RowOutcome } from "../../ports/deliver-message.ts";
import type { Directory } from "../../ports/directory.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MailboxStore } from "../../ports/mailbox-store.ts";
import type { ClaimedMessage } from "../../ports/queue-store.ts";
import { bodyChunks, bodyHeader } from "../../ports/read-body.ts";
import { scanHeader } from "../../protocol/message/header-scan.ts";

export interface LocalDeliveryOptions {
  readonly directory: Pick<Directory, "account">;
  readonly mailboxes: MailboxStore;
  readonly bodies: Pick<BodyStore, "read">;
  /** When this process began to deliver: what was accepted before may have been delivered by one that crashed. */
  readonly startedAt: Instant;
  readonly log: Logger;
}

type Row = ClaimedMessage["rows"][number];

/** A message to a large group is written into so many mailboxes at a time. */
const MAILBOXES_AT_A_TIME = 8;
const MAX_HEADER_BYTES = 256 * 1024;

/** Delivers the rows of the local lane into mailboxes, each mailbox once whatever number of recipients led to it. */
export function deliverLocal(options: LocalDeliveryOptions): DeliverMessage {
  return async (message) => {
    const targets = [...Map.groupBy(message.rows, ({ target }) => target)];
    const passed = await passedThrough(options, message);
    const outcomes: RowOutcome[] = [];
    const work = async (): Promise<void> => {
      for (let next = targets.pop(); next; next = targets.pop()) {
        const [mailbox, rows] = next;
        const outcome = await attempt(options, message, mailbox, rows, passed);
        logOutcome(options.log, message, mailbox, outcome);
        const handover = outcome.kind === "delivered" ? ({ handover: "delivered" } as const) : {};
        outcomes.push(...rows.map(({ id }) => ({ row: id, outcome, ...handover })));
      }
    };
    await Promise.all(Array.from({ length: MAILBOXES_AT_A_TIME }, work));
    return outcomes;
  };
}

/** The mailboxes that the message has been delivered to before, as its Delivered-To fields say; `undefined`: not readable now. */
async function passedThrough(
  options: LocalDeliveryOptions,
  message: ClaimedMessage,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const header = await bodyHeader(message.body, options.bodies, MAX_HEADER_BYTES);
    return new Set(
      scanHeader(header)
        .fields("Delivered-To")
        .map((value) => value.toLowerCase()),
    );
  } catch (error) {
    options.log.error("spool-read-failed", { message: formatId(message.envelope.id), detail: String(error) });
    return undefined;
  }
}

async function attempt(
  options: LocalDeliveryOptions,
  message: ClaimedMessage,
  mailbox: string,
  rows: readonly Row[],
  passed: ReadonlySet<string> | undefined,
): Promise<Outcome> {
  if (!passed) return deferred("4.3.0", "The message cannot be read at the moment");
  if (passed.has(mailbox.toLowerCase())) {
    return { kind: "failed", status: "5.4.6", diagnostic: `Mail for ${mailbox} goes in a circle` };
  }
  const { envelope } = message;
  try {
    const account = await options.directory.account(mailbox);
    if (!account) {
      return { kind: "failed", status: "5.1.1", diagnostic: `There is no mailbox ${mailbox} any more` };
    }
    await options.mailboxes.deliver(account.key, {
      message: envelope.id,
      postoffice: account.postoffice,
      header: traceFields(envelope.sender, account.key),
      body: bodyChunks(message.body, options.bodies),
      acceptedAt: envelope.acceptedAt,
      retried: envelope.acceptedAt < options.startedAt || rows.some(({ attempts }) => attempts > 0),
    });
    return { kind: "delivered", status: "2.1.5", diagnostic: `Delivered to ${account.key}` };
  } catch (error) {
    // The sender learns that it waits; what the disk or the store said is for the log only.
    options.log.error("local-delivery-deferred", {
      message: formatId(envelope.id),
      mailbox,
      detail: String(error),
    });
    return diskFull(error)
      ? deferred("4.3.1", "The server has no room for mail at the moment")
      : deferred("4.3.0", "The mailbox cannot take mail at the moment");
  }
}

function logOutcome(log: Logger, { envelope }: ClaimedMessage, mailbox: string, outcome: Outcome): void {
  const { kind, status, diagnostic } = outcome;
  const fields = { message: formatId(envelope.id), mailbox, status, diagnostic };
  if (kind === "delivered") log.info("delivered", fields);
  // A deferral has been logged where it came up, with what the disk or the store said.
  if (kind === "failed") log.warn("local-delivery-failed", fields);
}

/** RFC 5321 4.4: the last server writes the reverse path; Delivered-To is how a circle is seen the next time round. */
function traceFields(sender: string, mailbox: string): string {
  return `Return-Path: <${oneLine(sender)}>\r\nDelivered-To: ${oneLine(mailbox)}\r\n`;
}

/** No value can end its field and begin another. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, "");
}

function deferred(status: string, diagnostic: string): Outcome {
  return { kind: "deferred", status, diagnostic };
}

function diskFull(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && (cause.code === "ENOSPC" || cause.code === "EDQUOT");
}
