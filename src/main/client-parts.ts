import { randomBytes } from "node:crypto";
import type { SecureContext } from "node:tls";
import type { OpenFailure } from "../cli/cli-failure.ts";
import type { Listeners } from "../connections/listeners.ts";
import type { LoginSource } from "../connections/login.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { LivePolicy } from "./live-policy.ts";
import type { ServerParts } from "./server-parts.ts";

/** What SMTP and POP3 listeners are made of alike. */
export interface ClientParts extends ServerParts, Pick<LoginSource, "authenticator" | "guard"> {
  readonly policy: LivePolicy;
  readonly secureContext: () => SecureContext | undefined;
}

const HANDSHAKE_TIMEOUT_MS = 30_000;

/** The services that sessions of both protocols ask. */
export function sessionServices({
  config,
  stores,
  clock,
  log,
  authenticator,
  guard,
  policy,
  secureContext,
}: ClientParts) {
  return {
    hostname: config.hostname,
    clock,
    log,
    directory: stores.directory,
    grants: stores.grants,
    authenticator,
    guard,
    policy: policy.now,
    nonce: () => randomBytes(24).toString("base64url"),
    tlsAvailable: () => secureContext() !== undefined,
  };
}

/** What is the same for every listener. */
export function listenerBounds({ config: { limits }, secureContext }: ClientParts) {
  return {
    secureContext,
    maxConnections: limits.maxConnections,
    maxConnectionsPerClient: limits.maxConnectionsPerClient,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
  };
}

/** Listeners that are being opened; a port that cannot be had is a fault of the configuration. */
export async function opened(
  { paths }: ServerParts,
  listeners: Promise<Listeners>,
): Promise<Result<Listeners, OpenFailure>> {
  try {
    return ok(await listeners);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return err({ kind: "configuration", message: `${paths.config}: ${detail}` });
  }
}
