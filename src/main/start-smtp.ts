import type { OpenFailure } from "../cli/cli-failure.ts";
import { isSmtpListener } from "../config/server-config.ts";
import type { Listeners } from "../connections/listeners.ts";
import type { NewIds } from "../core/ids.ts";
import type { Result } from "../core/result.ts";
import { startSmtpServer } from "../smtp-server/smtp-server.ts";
import type { Intake } from "../spool/intake.ts";
import { spool } from "../spool/spool.ts";
import { type ClientParts, listenerBounds, opened, sessionServices } from "./client-parts.ts";
import { ownAddresses } from "./own-addresses.ts";
import type { Lanes } from "./queue-lanes.ts";

/** What the SMTP listeners are made of. */
export interface SmtpParts extends ClientParts {
  readonly lanes: Lanes;
  readonly newId: NewIds;
  readonly intake: Intake;
}

/** Bodies up to this size lie in the store's row. */
const INLINE_MAX_BYTES = 256 * 1024;
const LOOKUP_TIMEOUT_MS = 5000;
const MAX_COMMANDS = 20_000;

/** Opens the SMTP listeners. Fails with what is wrong with one of them; then none is open. */
export function startSmtp(parts: SmtpParts): Promise<Result<Listeners, OpenFailure>> {
  const { config, stores, lanes, newId, intake } = parts;
  const { limits } = config;
  const server = startSmtpServer({
    ...listenerBounds(parts),
    services: {
      ...sessionServices(parts),
      ownAddresses: ownAddresses(config),
      limits: {
        maxMessageBytes: limits.maxMessageBytes,
        maxRecipients: limits.maxRecipients,
        maxErrors: limits.maxErrors,
        maxCommands: MAX_COMMANDS,
        maxReceivedFields: limits.maxHops,
        lookupTimeoutMs: LOOKUP_TIMEOUT_MS,
        idleTimeoutMs: limits.commandTimeoutMs,
        sessionTimeoutMs: limits.sessionTimeoutMs,
      },
      usage: stores.usage,
      journal: stores.journal,
      spool: spool({
        store: stores.queue,
        bodies: stores.bodies,
        inlineMaxBytes: INLINE_MAX_BYTES,
        lifetimeMs: config.queue.lifetimeMs,
        newQueueId: newId.queue,
        newDecisionId: newId.decision,
        handOver: lanes,
        onAccepted: lanes.wake,
      }),
      intake,
      newDecisionId: newId.decision,
      newMessageId: newId.message,
    },
    listeners: config.listeners
      .filter(isSmtpListener)
      .map((listener) => ({ ...listener, address: listener.address.text })),
  });
  return opened(parts, server);
}
