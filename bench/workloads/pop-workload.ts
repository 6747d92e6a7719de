import { join } from "node:path";
import { runProcess } from "../../test/support/process.ts";
import { cpuMsAtRest } from "../cpu.ts";
import type { Figures } from "../metrics.ts";
import type { Peer, RunningPeer } from "../peer.ts";
import type { FetchPlan } from "../programs/fetch-mail.ts";
import type { Load, Measured, Workload } from "../workload.ts";

const PROGRAM = join(import.meta.dirname, "..", "programs", "fetch-mail.ts");
const WITHIN_MS = 5 * 60_000;
/** No mail is sent, so nobody has to listen there. */
const DISCARD_PORT = 9;

/** What the visits of a workload do. */
interface Visits {
  readonly visits: number;
  readonly sessions: number;
  readonly messages: number;
}

/** A workload of visits to one mailbox of 1,000 messages; each server that speaks POP3 gets the same. */
export function popWorkload(
  about: Pick<Workload, "name" | "says" | "charted">,
  plan: (load: Load) => Visits,
  figures: (visits: Visits, seconds: number, cpuMs: number) => Figures,
): Workload {
  return {
    ...about,
    cases: (peers) =>
      peers
        .filter(({ works }) => works.includes("pop"))
        .map((peer) => ({ name: peer.name, run: (load) => measure(peer, load, plan(load), figures) })),
  };
}

/** Messages in the mailbox. */
export const MAILBOX_MESSAGES = 1000;

async function measure(
  peer: Peer,
  load: Load,
  visits: Visits,
  figures: (visits: Visits, seconds: number, cpuMs: number) => Figures,
): Promise<Measured> {
  const mailbox = { messages: MAILBOX_MESSAGES, sizeBytes: load.sizeBytes };
  const running = await peer.start({ nextHopPort: DISCARD_PORT, sessions: load.sessions, mailbox });
  try {
    // A visit before, so that passwords are hashed and caches filled as in daily work.
    await fetchMail(running, { visits: 1, sessions: 1, messages: visits.messages });
    const before = await cpuMsAtRest(running.rootPid);
    const seconds = await fetchMail(running, visits);
    const after = await cpuMsAtRest(running.rootPid);
    return { version: running.version, figures: figures(visits, seconds, after - before) };
  } finally {
    await running.stop();
  }
}

async function fetchMail({ pop }: RunningPeer, visits: Visits): Promise<number> {
  if (!pop) throw new Error("This server speaks no POP3.");
  const plan: FetchPlan = { ...pop, ...visits };
  const { code, stdout, output } = await runProcess(process.execPath, [PROGRAM, JSON.stringify(plan)], {
    withinMs: WITHIN_MS,
  });
  if (code !== 0) throw new Error(`The fetching program ended with ${code}: ${output}`);
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}
