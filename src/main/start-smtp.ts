import { randomBytes } from "node:crypto";
import type { SecureContext } from "node:tls";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { isSmtpListener } from "../config/server-config.ts";
import type { Listeners } from "../connections/listeners.ts";
import type { LoginSource } from "../connections/login.ts";
import type { NewIds } from "../core/ids.ts";
import { err, ok, type Result } from "../core/result.ts";
import { startSmtpServer } from "../smtp-server/smtp-server.ts";
import type { Intake } from "../spool/intake.ts";
import { spool } from "../spool/spool.ts";
import type { LivePolicy } from "./live-policy.ts";

import { ownAddresses } from "./own-addresses.ts";
import type { Lanes } from "./queue-lanes.ts";
import type { ServerParts } from "./server-parts.ts";

/** What the SMTP listeners are made of. */
export interface SmtpParts extends ServerParts, Pick<LoginSource, "authenticator" | "guard"> {
  readonly policy: LivePolicy;
  readonly lanes: Lanes;
  readonly newId: NewIds;
  readonly secureContext: () => SecureContext | undefined;
  readonly intake: Intake;
}

/** Bodies up to this size lie in the store's row. */
const INLINE_MAX_BYTES = 256 * 1024;
const HANDSHAKE_TIMEOUT_MS = 30_000;
const LOOKUP_TIMEOUT_MS = 5000;
const MAX_COMMANDS = 20_000;

/** Opens the SMTP listeners. Fails with what is wrong with one of them; then none is open. */
export async function startSmtp({
  config,
  stores,
  clock,
  log,
  paths,
  authenticator,
  guard,
  policy,
  lanes,
  newId,
  secureContext,
  intake,
}: SmtpParts): Promise<Result<Listeners, OpenFailure>> {
  const { limits } = config;
  try {
    return ok(
      await startSmtpServer({
        services: {
          hostname: config.hostname,
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
          clock,
          directory: stores.directory,
          grants: stores.grants,
          usage: stores.usage,
          authenticator,
          guard,
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
          log,
          policy: policy.now,
          newDecisionId: newId.decision,
          newMessageId: newId.message,
          nonce: () => randomBytes(24).toString("base64url"),
          tlsAvailable: () => secureContext() !== undefined,
        },
        listeners: config.listeners
          .filter(isSmtpListener)
          .map((listener) => ({ ...listener, address: listener.address.text })),
        secureContext,
        maxConnections: limits.maxConnections,
        maxConnectionsPerClient: limits.maxConnectionsPerClient,
        handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      }),
    );
  } catch (error) {
    return err<OpenFailure>({
      kind: "configuration",
      message: `${paths.config}: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}
