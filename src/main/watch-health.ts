import { type DiskState, diskState } from "../adapters/data-folder/disk-state.ts";
import { type Health, healthOf } from "../admin/health.ts";
import type { Logger } from "../ports/logger.ts";
import type { QueueStore } from "../ports/queue-store.ts";
import type { Timers } from "../ports/timers.ts";
import type { Intake } from "../spool/intake.ts";

export interface HealthWatchOptions {
  /** The folders in which mail waits. */
  readonly folders: readonly string[];
  readonly minFreeBytes: number;
  readonly maxQueuedMessages: number;
  readonly queue: Pick<QueueStore, "state" | "probe">;
  readonly timers: Timers;
  readonly log: Logger;
  /** How a folder's disk is looked at. */
  readonly look?: (folder: string) => Promise<DiskState>;
}

/** Knows whether mail can be taken, without a question to the disk for each message. */
export interface HealthWatch {
  now(): Health;
  readonly intake: Intake;
  stop(): void;
}

/** How often the disks are looked at. What comes in meanwhile has to fit into `minFreeBytes`. */
const LOOK_EVERY_MS = 2000;

/**
 * Watches disks, queue and store; resolves after the first look. While the store fails it is tried by a commit that
 * changes nothing, since no mail is taken then that would show that it works again. Each change is logged.
 */
export async function watchHealth(options: HealthWatchOptions): Promise<HealthWatch> {
  const { folders, minFreeBytes, maxQueuedMessages, queue, timers, log, look = diskState } = options;
  let disks: readonly DiskState[] = [];
  let lowestFreeBytes = Number.POSITIVE_INFINITY;
  let disksAre: "open" | "no-room" | "failing" = "open";
  let told = "";
  let stopped = false;
  let cancel = (): void => {};

  const now = (): Health => {
    const { queuedMessages, failure } = queue.state();
    const storeFailure = failure === undefined ? {} : { storeFailure: failure };
    return healthOf({ disks, minFreeBytes, queuedMessages, maxQueuedMessages, ...storeFailure });
  };

  async function watch(): Promise<void> {
    disks = await Promise.all(folders.map(look));
    lowestFreeBytes = Math.min(...disks.map(({ freeBytes }) => freeBytes ?? Number.POSITIVE_INFINITY));
    if (queue.state().failure !== undefined) await queue.probe().catch(() => undefined);
    const health = now();
    disksAre = intakeBy(health);
    tell(health);
    if (!stopped) cancel = timers.set(LOOK_EVERY_MS, () => void watch());
  }

  function tell({ ready, reasons }: Health): void {
    const codes = reasons.map(({ code }) => code).join(" ");
    if (codes === told) return;
    told = codes;
    if (ready) log.info("takes-mail-again");
    else log.error("takes-no-mail", { reasons: reasons.map(({ code, detail }) => `${code}: ${detail}`) });
  }

  await watch();
  return {
    now,
    intake(declaredBytes) {
      const { queuedMessages, failure } = queue.state();
      if (failure !== undefined) return "failing";
      if (queuedMessages >= maxQueuedMessages) return "no-room";
      if (disksAre !== "open") return disksAre;
      return lowestFreeBytes - declaredBytes < minFreeBytes ? "no-room" : "open";
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** What the disks say to a message of which nothing is known. */
function intakeBy({ reasons }: Health): "open" | "no-room" | "failing" {
  if (reasons.some(({ code }) => code === "disk-unwritable")) return "failing";
  return reasons.some(({ code }) => code === "disk-low") ? "no-room" : "open";
}
