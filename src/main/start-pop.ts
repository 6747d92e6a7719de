import { randomBytes } from "node:crypto";
import type { SecureContext } from "node:tls";
import { maildirMaildropStore } from "../adapters/maildir/maildir-maildrop-store.ts";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { isPopListener } from "../config/server-config.ts";
import type { Listeners } from "../connections/listeners.ts";
import type { LoginSource } from "../connections/login.ts";
import { err, ok, type Result } from "../core/result.ts";
import { startPopServer } from "../pop3-server/pop3-server.ts";
import type { LivePolicy } from "./live-policy.ts";
import type { ServerParts } from "./server-parts.ts";

/** RFC 1939 3: an inactivity timer of at least 10 minutes. */
const MIN_IDLE_MS = 10 * 60_000;
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** Opens the POP3 listeners. They run on the event loop of the process itself, where the locks of mailboxes are. */
export async function startPop(
  { config, stores, clock, log, paths }: ServerParts,
  policy: LivePolicy,
  { authenticator, guard }: Pick<LoginSource, "authenticator" | "guard">,
  secureContext: () => SecureContext | undefined,
): Promise<Result<Listeners, OpenFailure>> {
  const { limits } = config;
  try {
    return ok(
      await startPopServer({
        services: {
          hostname: config.hostname,
          limits: {
            maxErrors: limits.maxErrors,
            idleTimeoutMs: Math.max(MIN_IDLE_MS, limits.commandTimeoutMs),
            sessionTimeoutMs: limits.sessionTimeoutMs,
          },
          clock,
          directory: stores.directory,
          authenticator,
          guard,
          maildrops: maildirMaildropStore({
            root: paths.postoffices,
            onIndexFailure: (error) => log.warn("sizes-not-remembered", { detail: String(error) }),
          }),
          grants: stores.grants,
          log,
          policy: policy.now,
          nonce: () => randomBytes(24).toString("base64url"),
          tlsAvailable: () => secureContext() !== undefined,
        },
        listeners: config.listeners
          .filter(isPopListener)
          .map((listener) => ({ ...listener, address: listener.address.text })),
        secureContext,
        maxConnections: limits.maxConnections,
        maxConnectionsPerClient: limits.maxConnectionsPerClient,
        handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      }),
    );
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return err({ kind: "configuration", message: `${paths.config}: ${detail}` });
  }
}
