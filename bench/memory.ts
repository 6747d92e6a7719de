import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { processTree } from "./process-tree.ts";

const LOOK_EVERY_MS = 500;

/**
 * Bytes of memory that a process and all its descendants hold. A page that several of them share is counted once: Linux
 * gives each process its share of it (PSS).
 */
export async function memoryBytesOfTree(rootPid: number): Promise<number> {
  const tree = await processTree(rootPid);
  const sizes = await Promise.all(
    tree.map(async ({ pid }) =>
      parsePss(await readFile(`/proc/${pid}/smaps_rollup`, "latin1").catch(() => "")),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The `Pss:` line of /proc/PID/smaps_rollup in bytes; 0 where there is none, as for a process that has ended. */
export function parsePss(text: string): number {
  return Number(/^Pss: +(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Looks at the memory of a tree of processes twice a second until `work` is done, and gives the most it saw. */
export async function peakMemoryBytes(rootPid: number, work: () => Promise<void>): Promise<number> {
  let peak = 0;
  const done = new AbortController();
  const watch = async () => {
    while (!done.signal.aborted) {
      peak = Math.max(peak, await memoryBytesOfTree(rootPid));
      await delay(LOOK_EVERY_MS, undefined, { signal: done.signal }).catch(() => undefined);
    }
  };
  await Promise.all([watch(), work().finally(() => done.abort())]);
  return Math.max(peak, await memoryBytesOfTree(rootPid));
}
