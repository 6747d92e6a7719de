import { waitUntil } from "../test/support/wait-until.ts";
import { cpuMsAtRest } from "./cpu.ts";
import { peakMemoryBytes } from "./memory.ts";
import type { Figures } from "./metrics.ts";
import type { NextHop } from "./next-hop.ts";
import type { Peer, RunningPeer } from "./peer.ts";
import { replyTimesMs, sendMessages } from "./send-messages.ts";
import { percentile } from "./stats.ts";
import type { Load, Measured } from "./workload.ts";

/** How the mail of a workload comes, and what becomes of it. */
export interface MailPlan {
  readonly recipient: string;
  /** Whether each message comes over a connection of its own. */
  readonly newConnections: boolean;
  /** What stands behind the server. */
  readonly nextHop: () => Promise<NextHop>;
  /** How many messages have come to their end, where they are to come to one. */
  readonly arrived?: (running: RunningPeer, nextHop: NextHop) => Promise<number>;
}

/** So many messages go before, so that compilers, caches and pools are as they are in daily work. */
const WARM_UP_MESSAGES = 300;
/** Replies are timed in a run of their own of at most so many messages. */
const TIMED_MESSAGES = 1000;
const WITHIN_MS = 15 * 60_000;
const MIB = 1024 * 1024;

/** Starts a server and measures it at a kind of mail. */
export async function measureMail(peer: Pick<Peer, "start">, load: Load, plan: MailPlan): Promise<Measured> {
  const nextHop = await plan.nextHop();
  try {
    const running = await peer.start({ nextHopPort: nextHop.port, sessions: load.sessions });
    try {
      return { version: running.version, figures: await measure(running, nextHop, load, plan) };
    } finally {
      await running.stop();
    }
  } finally {
    await nextHop.stop();
  }
}

async function measure(running: RunningPeer, nextHop: NextHop, load: Load, plan: MailPlan): Promise<Figures> {
  const { messages } = load;
  const sending = (count: number) => ({ ...load, ...plan, port: running.smtpPort, messages: count });
  await sendMessages(sending(WARM_UP_MESSAGES));
  await waitForArrival(running, nextHop, plan, WARM_UP_MESSAGES);

  const cpuBefore = await cpuMsAtRest(running.rootPid);
  const started = performance.now();
  let accepted = started;
  let delivered = started;
  const peak = await peakMemoryBytes(running.rootPid, async () => {
    await sendMessages(sending(messages));
    accepted = performance.now();
    await waitForArrival(running, nextHop, plan, WARM_UP_MESSAGES + messages);
    delivered = performance.now();
  });
  const cpuAfter = await cpuMsAtRest(running.rootPid);

  const replyMs = await replyTimesMs(sending(Math.min(messages, TIMED_MESSAGES)));
  return {
    acceptedPerSecond: (messages / (accepted - started)) * 1000,
    ...(plan.arrived ? { deliveredPerSecond: (messages / (delivered - started)) * 1000 } : {}),
    cpuMsPerMessage: (cpuAfter - cpuBefore) / messages,
    replyP50Ms: percentile(replyMs, 0.5),
    replyP99Ms: percentile(replyMs, 0.99),
    peakMemoryMiB: peak / MIB,
  };
}

/** Waits until that many messages have come to their end, and rejects where there are more. */
async function waitForArrival(
  running: RunningPeer,
  nextHop: NextHop,
  plan: MailPlan,
  messages: number,
): Promise<void> {
  const { arrived } = plan;
  if (arrived === undefined) return;
  let seen = 0;
  const enough = async () => {
    seen = await arrived(running, nextHop);
    return seen >= messages ? true : undefined;
  };
  await waitUntil(() => `${seen} of ${messages} messages have arrived`, enough, WITHIN_MS);
  if (seen > messages) throw new Error(`${messages} messages were sent, ${seen} arrived.`);
}
