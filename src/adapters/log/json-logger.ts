import { pino } from "pino";
import type { Clock } from "../../core/instant.ts";
import type { LogFields, Logger } from "../../ports/logger.ts";

/** A {@link Logger} that can be asked to write what it still has. */
export interface FlushableLogger extends Logger {
  /** Writes what is still in memory; call before the process ends. */
  flush(): void;
}

/**
 * The log as a line of JSON an event: `{"level":"info","time":"…","event":"…",…}`. Lines are written behind the back of
 * the caller, so that a slow reader of the log does not stop mail.
 * @param fd where to: 2 is stderr, since stdout belongs to commands and the `ready` line.
 */
export function jsonLogger(fd: number, clock: Clock): FlushableLogger {
  const destination = pino.destination({ dest: fd, sync: false });
  const log = pino(
    {
      base: null,
      messageKey: "event",
      timestamp: () => `,"time":"${new Date(clock()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    info: (event, fields: LogFields = {}) => log.info(fields, event),
    warn: (event, fields: LogFields = {}) => log.warn(fields, event),
    error: (event, fields: LogFields = {}) => log.error(fields, event),
    flush: () => destination.flushSync(),
  };
}
