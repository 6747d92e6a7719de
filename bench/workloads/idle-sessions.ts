import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startProcess } from "../../test/support/process.ts";
import { cpuMsAtRest } from "../cpu.ts";
import { memoryBytesOfTree } from "../memory.ts";
import { silentHop } from "../next-hop.ts";
import type { Peer, RunningPeer } from "../peer.ts";
import type { HoldPlan } from "../programs/hold-sessions.ts";
import type { Load, Measured, Workload } from "../workload.ts";

const PROGRAM = join(import.meta.dirname, "..", "programs", "hold-sessions.ts");
const WITHIN_MS = 5 * 60_000;
/** So long the sessions stay before memory is looked at, so that what opening them left over has been given back. */
const SETTLE_MS = 10_000;
const KB = 1000;
const MIB = 1024 * 1024;

/** Many sessions in which nothing happens: what each of them costs in memory of the server's processes. */
export const idleSessions: Workload = {
  name: "idle-sessions",
  says: "sessions that have said EHLO and wait, in clear and after STARTTLS",
  charted: ["memoryKbPerSession"],
  cases: (peers) =>
    (["idle", "idle-tls"] as const).flatMap((work) =>
      peers
        .filter(({ works }) => works.includes(work))
        .map((peer) => ({
          name: work === "idle-tls" ? `${peer.name} with TLS` : peer.name,
          run: (load) => measure(peer, load, work === "idle-tls"),
        })),
    ),
};

async function measure(peer: Peer, load: Load, tls: boolean): Promise<Measured> {
  const nextHop = await silentHop();
  try {
    const running = await peer.start({
      nextHopPort: nextHop.port,
      sessions: load.idleSessions + load.sessions,
    });
    try {
      return { version: running.version, figures: await hold(running, load, tls) };
    } finally {
      await running.stop();
    }
  } finally {
    await nextHop.stop();
  }
}

async function hold({ smtpPort: port, rootPid }: RunningPeer, load: Load, tls: boolean) {
  const before = await settledMemory(rootPid);
  const plan: HoldPlan = { port, sessions: load.idleSessions, tls };
  const holder = startProcess(process.execPath, [PROGRAM, JSON.stringify(plan)]);
  try {
    const [line] = await holder.waitForLine(/^\{"seconds":.*\}$/, WITHIN_MS);
    const { seconds } = JSON.parse(line) as { seconds: number };
    const after = await settledMemory(rootPid);
    return {
      memoryKbPerSession: (after - before) / load.idleSessions / KB,
      sessionsOpenedPerSecond: load.idleSessions / seconds,
      peakMemoryMiB: after / MIB,
    };
  } finally {
    await holder.stop();
  }
}

async function settledMemory(rootPid: number): Promise<number> {
  await cpuMsAtRest(rootPid);
  await delay(SETTLE_MS);
  return memoryBytesOfTree(rootPid);
}
