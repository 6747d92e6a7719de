import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Linux counts processor time in ticks of this length; USER_HZ is 100 on every architecture that Node runs on. */
const TICK_MS = 10;
const REST_LOOK_MS = 500;
/** Less work than this in one look is a server that waits. */
const REST_TICKS = 2;

/** What /proc says of one process. */
interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Its own time with all threads, and that of children which have ended and been waited for. */
  readonly ticks: number;
}

/**
 * Milliseconds of processor time that a process and all its descendants have used. A child that has ended is counted
 * with the parent that waited for it, so none is lost and none counted twice.
 */
export async function cpuMsOfTree(rootPid: number): Promise<number> {
  const all = await readProcesses();
  const children = Map.groupBy(all, (stat) => stat.parent);
  const walk = (stat: ProcessStat): number =>
    (children.get(stat.pid) ?? []).reduce((sum, child) => sum + walk(child), stat.ticks);
  const root = all.find((stat) => stat.pid === rootPid);
  if (root === undefined) throw new Error(`Process ${rootPid} is gone.`);
  return walk(root) * TICK_MS;
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

async function readProcesses(): Promise<ProcessStat[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/stat`, "latin1").catch(() => "")),
  );
  return stats.flatMap((text) => parseProcessStat(text) ?? []);
}

/** Reads /proc/PID/stat as proc(5) describes it. The program's name, in brackets, may hold spaces and brackets. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(")");
  if (end < 0) return undefined;
  // From here on: 0 state, 1 ppid, … 11 utime, 12 stime, 13 cutime, 14 cstime.
  const fields = text.slice(end + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), ticks };
}
