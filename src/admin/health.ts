import type { CheckResult } from "./doctor-check.ts";

/** Why the server takes no mail; a closed list, for monitors. */
export type HealthCode = "not-running" | "disk-low" | "disk-unwritable" | "queue-full" | "store-failing";

export interface HealthReason {
  readonly code: HealthCode;
  /** What was seen, with its numbers. */
  readonly detail: string;
}

/** Whether the server takes mail now, and if not, everything that keeps it from that. Delivery may go on all the same. */
export interface Health {
  readonly ready: boolean;
  readonly reasons: readonly HealthReason[];
}

/** The state of the disk that one folder is on. */
export interface DiskSeen {
  readonly folder: string;
  /** `undefined`: it could not be asked. */
  readonly freeBytes: number | undefined;
  /** Files that may still be made; `undefined` where the file system has no such bound, or could not be asked. */
  readonly freeFiles: number | undefined;
  readonly writable: boolean;
}

/** What health is read from. */
export interface HealthSeen {
  /** The disks of the folders in which mail waits. */
  readonly disks: readonly DiskSeen[];
  readonly minFreeBytes: number;
  readonly queuedMessages: number;
  readonly maxQueuedMessages: number;
  /** Why the store's last commit failed; absent: it worked. */
  readonly storeFailure?: string;
}

/** With fewer inodes than this, files for mail are about to fail. */
const MIN_FREE_FILES = 100;

/** Reads health from what was seen. */
export function healthOf(seen: HealthSeen): Health {
  const reasons: HealthReason[] = seen.disks.flatMap((disk) => diskReason(disk, seen.minFreeBytes) ?? []);
  if (seen.queuedMessages >= seen.maxQueuedMessages) {
    const detail = `${seen.queuedMessages} messages are queued, and maxQueuedMessages is ${seen.maxQueuedMessages}`;
    reasons.push({ code: "queue-full", detail });
  }
  if (seen.storeFailure !== undefined) reasons.push({ code: "store-failing", detail: seen.storeFailure });
  return { ready: reasons.length === 0, reasons };
}

function diskReason(disk: DiskSeen, minFreeBytes: number): HealthReason | undefined {
  const { folder, freeBytes, freeFiles, writable } = disk;
  if (!writable) return { code: "disk-unwritable", detail: `${folder} cannot be written` };
  if (freeBytes !== undefined && freeBytes < minFreeBytes) {
    const detail = `${folder} has ${freeBytes} bytes free, and minFreeBytes is ${minFreeBytes}`;
    return { code: "disk-low", detail };
  }
  if (freeFiles !== undefined && freeFiles < MIN_FREE_FILES) {
    return { code: "disk-low", detail: `${folder} has room for ${freeFiles} more files (inodes)` };
  }
  return undefined;
}

/** The health of a data folder on which no server runs. */
export const NOT_RUNNING: Health = {
  ready: false,
  reasons: [{ code: "not-running", detail: "no server runs on this data folder" }],
};

/** What `doctor` says of it. */
export async function checkHealth(context: { health(): Health }): Promise<CheckResult> {
  const { ready, reasons } = context.health();
  const name = "mail is taken";
  if (ready) return { name, state: "ok", saw: "yes", todo: "" };
  const saw = reasons.map(({ detail }) => detail).join("; ");
  if (reasons.every(({ code }) => code === "not-running"))
    return { name, state: "warn", saw, todo: "postern serve" };
  return { name, state: "fail", saw, todo: "see to the disk and the log; it goes on by itself after that" };
}
