import type { Domain } from "../core/domain.ts";
import type { EmailAddress } from "../core/email-address.ts";
import { formatId, type NewIds } from "../core/ids.ts";
import { type Instant, plusMs } from "../core/instant.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { Directory } from "../ports/directory.ts";
import type { AcceptedMessage, ClaimedMessage } from "../ports/queue-store.ts";
import { bodyHeader, readWhole } from "../ports/read-body.ts";
import { buildReport } from "../protocol/message/report.ts";
import { parsePath } from "../protocol/smtp/address-grammar.ts";
import type { ReportKind, ToReport } from "./conclude.ts";
import { type OwnTarget, ownMessage } from "./own-message.ts";

export interface ReportOptions {
  readonly hostname: Domain;
  readonly bodies: Pick<BodyStore, "read">;
  readonly resolve: Directory["resolve"];
  readonly newId: NewIds;
  readonly lifetimeMs: number;
}

const MAX_HEADER_BYTES = 64 * 1024;
/** A message up to this size goes back whole where RET=FULL asks for it. */
const MAX_RETURNED_BYTES = 256 * 1024;

/**
 * Makes the report to a message's sender as a message of our own: null sender, so that it is never answered, and routed
 * like any other mail. `undefined` where the sender's address leads nowhere.
 */
export async function reportMessage(
  options: ReportOptions,
  message: ClaimedMessage,
  kind: ReportKind,
  rows: readonly ToReport[],
  now: Instant,
): Promise<AcceptedMessage | undefined> {
  const { envelope } = message;
  const sender = parsePath(`<${envelope.sender}>`, { utf8: true });
  if (!sender.ok || sender.value.value === null || sender.value.value === "postmaster") return undefined;
  const targets = await targetsOf(options, sender.value.value);
  if (targets.length === 0) return undefined;

  const id = options.newId.message();
  const { header, full } = await original(options, message, kind);
  const bytes = buildReport({
    hostname: options.hostname,
    reportingMta: options.hostname,
    from: `MAILER-DAEMON@${options.hostname}`,
    to: envelope.sender,
    at: now,
    messageId: `${formatId(id)}@${options.hostname}`,
    boundary: `=_postern.${formatId(id)}`,
    kind,
    ...(envelope.envid === undefined ? {} : { envid: envelope.envid }),
    arrivalAt: envelope.acceptedAt,
    recipients: rows.map(({ row, outcome }) => ({
      recipient: row.recipient,
      ...(row.orcpt === undefined ? {} : { orcpt: row.orcpt }),
      action: kind,
      status: outcome.status,
      diagnostic: outcome.diagnostic,
      ...(outcome.remote === undefined ? {} : { remoteMta: outcome.remote }),
      lastAttemptAt: now,
    })),
    original: { header, ...(full ? { full } : {}) },
    utf8: envelope.smtpUtf8,
    ...(kind === "delayed" ? { willRetryUntil: envelope.expiresAt } : {}),
  });
  return ownMessage(options.newId, {
    id,
    to: envelope.sender,
    targets,
    bytes,
    smtpUtf8: envelope.smtpUtf8,
    at: now,
    expiresAt: plusMs(now, options.lifetimeMs),
  });
}

async function targetsOf(options: ReportOptions, sender: EmailAddress): Promise<readonly OwnTarget[]> {
  const resolution = await options.resolve(sender);
  switch (resolution.kind) {
    case "local":
      return resolution.targets;
    case "remote":
      return [{ kind: "remote", address: sender, chargedTo: "" }];
    case "no-such-recipient":
      return [];
  }
}

async function original(
  { bodies }: ReportOptions,
  { body, envelope }: ClaimedMessage,
  kind: ReportKind,
): Promise<{ header: Buffer; full?: Buffer }> {
  // RFC 3461 4.3: RET asks for failures only; all other reports carry the header.
  if (kind === "failed" && envelope.ret === "FULL" && envelope.size <= MAX_RETURNED_BYTES) {
    const full = await readWhole(body, bodies);
    return { header: full, full };
  }
  return { header: await bodyHeader(body, bodies, MAX_HEADER_BYTES) };
}
