import type { FlushableLogger } from "../adapters/log/json-logger.ts";

/**
 * What becomes of a fault that nobody has caught (a rejection without a handler among them): the first is logged, and `end`
 * is told to end the program in order, since nobody knows what state it left. A second one ends it at once with exit
 * code 1; as with SIGKILL, nothing that was acknowledged is lost.
 * @returns stops watching.
 */
export function endOnFault(log: FlushableLogger, end: (message: string) => void): () => void {
  let ending = false;
  const fault = (error: unknown) => {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.error("fault", { detail });
    if (ending) {
      log.flush();
      process.exit(1);
    }
    ending = true;
    end(`a fault of the program: ${error instanceof Error ? error.message : String(error)}`);
  };
  process.on("uncaughtException", fault);
  return () => process.off("uncaughtException", fault);
}
