import type { Logger } from "../ports/logger.ts";
import type { Stores } from "./stores.ts";

/**
 * Has the queue go on after the store thread has died and been started again. The answer to a claim may have been lost:
 * nobody attempts its rows, and they would wait until their lease runs out. So all leases are given back. A row
 * that is being attempted may then be claimed once more, and its runner, which knows what it has under way, passes over it.
 */
export function goOnWhenRevived(
  {
    queue,
    whenRevived,
  }: Pick<Stores, "whenRevived"> & { readonly queue: Pick<Stores["queue"], "releaseLeases"> },
  wake: () => void,
  log: Logger,
): void {
  whenRevived(() => {
    queue.releaseLeases().then(
      (leases) => {
        log.info("store-revived", { leases });
        wake();
      },
      // It has died again, and is given back what it leased when it comes again.
      (error: unknown) => log.error("store-not-revived", { detail: String(error) }),
    );
  });
}
