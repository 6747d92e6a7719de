import { setTimeout as delay } from "node:timers/promises";
import { processTree } from "./process-tree.ts";

/** Linux counts processor time in ticks of this length; USER_HZ is 100 on every architecture that Node runs on. */
const TICK_MS = 10;
const REST_LOOK_MS = 500;
/** Less work than this in one look is a server that waits. */
const REST_TICKS = 2;

/**
 * Milliseconds of processor time that a process and all its descendants have used. A child that has ended is counted
 * with the parent that waited for it, so none is lost and none counted twice.
 */
export async function cpuMsOfTree(rootPid: number): Promise<number> {
  const tree = await processTree(rootPid);
  return tree.reduce((sum, { ticks }) => sum + ticks, 0) * TICK_MS;
}

/** Waits until a tree of processes does nothing for a while, and gives its processor time. */
export async function cpuMsAtRest(rootPid: number, withinMs = 30_000): Promise<number> {
  const deadline = performance.now() + withinMs;
  let before = await cpuMsOfTree(rootPid);
  for (;;) {
    await delay(REST_LOOK_MS);
    const now = await cpuMsOfTree(rootPid);
    if (now - before <= REST_TICKS * TICK_MS || performance.now() > deadline) return now;
    before = now;
  }
}
