import { readdir, readFile } from "node:fs/promises";

/** What /proc says of one process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Its own time with all threads, and that of children which have ended and been waited for, in ticks of 10 ms. */
  readonly ticks: number;
}

/** A process and all its descendants, as they are now. Throws where the process is gone. */
export async function processTree(rootPid: number): Promise<ProcessStat[]> {
  const all = await readProcesses();
  const root = all.find((stat) => stat.pid === rootPid);
  if (root === undefined) throw new Error(`Process ${rootPid} is gone.`);
  const children = Map.groupBy(all, (stat) => stat.parent);
  const walk = (stat: ProcessStat): ProcessStat[] => [stat, ...(children.get(stat.pid) ?? []).flatMap(walk)];
  return walk(root);
}

async function readProcesses(): Promise<ProcessStat[]> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    // A process may have ended since its name was read.
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
