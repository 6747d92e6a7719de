import { runProcess } from "../test/support/process.ts";
import { startSmtpSink } from "../test/support/smtp-sink.ts";
import { toolPath } from "../test/support/tools.ts";
import { cpuMsAtRest } from "./cpu.ts";
import type { Peer } from "./peer.ts";
import type { Figures, Load } from "./workload.ts";

/** So many messages go before, so that compilers, caches and pools are as they are in daily work. */
const WARM_UP_MESSAGES = 300;
const WITHIN_MS = 15 * 60_000;

/**
 * Measures a peer that passes all mail on: smtp-source in front of it, smtp-sink behind it, all on loopback.
 * @param sourceArgs more options of smtp-source
 */
export async function measureRelay(peer: Peer, load: Load, sourceArgs: readonly string[]): Promise<Figures> {
  const sink = await startSmtpSink();
  try {
    const running = await peer.start(sink.port);
    try {
      const send = (messages: number) => sendMessages(running.smtpPort, { ...load, messages }, sourceArgs);
      await send(WARM_UP_MESSAGES);
      await sink.waitFor(WARM_UP_MESSAGES, WITHIN_MS);
      const cpuBefore = await cpuMsAtRest(running.rootPid);
      const started = performance.now();
      await send(load.messages);
      const accepted = performance.now();
      await sink.waitFor(WARM_UP_MESSAGES + load.messages, WITHIN_MS);
      const delivered = performance.now();
      const cpuAfter = await cpuMsAtRest(running.rootPid);
      const arrived = (await sink.received()) - WARM_UP_MESSAGES;
      if (arrived !== load.messages)
        throw new Error(`${peer.name}: ${load.messages} were sent, ${arrived} arrived.`);
      return {
        version: running.version,
        acceptedPerSecond: (load.messages / (accepted - started)) * 1000,
        deliveredPerSecond: (load.messages / (delivered - started)) * 1000,
        cpuMsPerMessage: (cpuAfter - cpuBefore) / load.messages,
      };
    } finally {
      await running.stop();
    }
  } finally {
    await sink.stop();
  }
}

/** Runs smtp-source until the peer has answered for every message. */
async function sendMessages(port: number, load: Load, sourceArgs: readonly string[]): Promise<void> {
  const amount = ["-s", String(load.sessions), "-m", String(load.messages), "-l", String(load.sizeBytes)];
  const envelope = ["-M", "client.example.test", "-f", "load@example.test", "-t", "user@far.test"];
  const args = ["-4", ...amount, ...envelope, ...sourceArgs, `inet:127.0.0.1:${port}`];
  const { code, output } = await runProcess(toolPath("smtp-source"), args, { withinMs: WITHIN_MS });
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${output}`);
}
