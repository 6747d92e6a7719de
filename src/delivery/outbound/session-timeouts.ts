const MINUTE_MS = 60_000;

/** How long the peer is waited for, in milliseconds (RFC 5321 4.5.3.2). */
export const SESSION_TIMEOUTS = {
  connectMs: 30_000,
  /** The greeting, and EHLO, for which the RFC has no number of its own. */
  greetingMs: 5 * MINUTE_MS,
  tlsMs: 60_000,
  authMs: 5 * MINUTE_MS,
  mailMs: 5 * MINUTE_MS,
  recipientMs: 5 * MINUTE_MS,
  dataMs: 2 * MINUTE_MS,
  blockMs: 3 * MINUTE_MS,
  /** After the last dot: generous, because giving up here is what makes duplicates. */
  messageMs: 10 * MINUTE_MS,
} as const;
