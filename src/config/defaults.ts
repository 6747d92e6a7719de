import type { LimitsConfig, ListenerAuth, QueueConfig, SmtpProtocol } from "./server-config.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Limits where `[limits]` says nothing. */
export const DEFAULT_LIMITS: LimitsConfig = {
  maxMessageBytes: 50 * 1024 * 1024,
  maxRecipients: 1000,
  maxConnections: 2000,
  maxConnectionsPerClient: 100,
  maxErrors: 20,
  maxHops: 100,
  commandTimeoutMs: 5 * MINUTE_MS,
  sessionTimeoutMs: 2 * HOUR_MS,
  // Ten messages of the largest size on their way in at once, and what the database needs to send the rest out.
  minFreeBytes: 512 * 1024 * 1024,
  maxQueuedMessages: 2_000_000,
};

/** The queue where `[queue]` says nothing. */
export const DEFAULT_QUEUE: QueueConfig = {
  retryMs: [15 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS, 240 * MINUTE_MS],
  lifetimeMs: 5 * DAY_MS,
  delayWarningMs: 4 * HOUR_MS,
  concurrency: 200,
  concurrencyPerDestination: 10,
};

/** Whether clients log in where a listener does not say so: other servers cannot, people must. */
export const DEFAULT_AUTH: Readonly<Record<SmtpProtocol, ListenerAuth>> = {
  smtp: "optional",
  submission: "required",
  submissions: "required",
};
