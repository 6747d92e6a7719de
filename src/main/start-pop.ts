import { maildirMaildropStore } from "../adapters/maildir/maildir-maildrop-store.ts";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { isPopListener } from "../config/server-config.ts";
import type { Listeners } from "../connections/listeners.ts";
import type { Result } from "../core/result.ts";
import { startPopServer } from "../pop3-server/pop3-server.ts";
import { type ClientParts, listenerBounds, opened, sessionServices } from "./client-parts.ts";

/** RFC 1939 3: an inactivity timer of at least 10 minutes. */
const MIN_IDLE_MS = 10 * 60_000;

/**
 * Opens the POP3 listeners. They run on the event loop of the process itself, where the locks of mailboxes are.
 * Fails with what is wrong with one of them; then none is open.
 */
export function startPop(parts: ClientParts): Promise<Result<Listeners, OpenFailure>> {
  const { config, log, paths } = parts;
  const { limits } = config;
  const server = startPopServer({
    ...listenerBounds(parts),
    services: {
      ...sessionServices(parts),
      limits: {
        maxErrors: limits.maxErrors,
        idleTimeoutMs: Math.max(MIN_IDLE_MS, limits.commandTimeoutMs),
        sessionTimeoutMs: limits.sessionTimeoutMs,
      },
      maildrops: maildirMaildropStore({
        root: paths.postoffices,
        onIndexFailure: (error) => log.warn("sizes-not-remembered", { detail: String(error) }),
      }),
    },
    listeners: config.listeners
      .filter(isPopListener)
      .map((listener) => ({ ...listener, address: listener.address.text })),
  });
  return opened(parts, server);
}
