import { join } from "node:path";
import { runProcess } from "../../test/support/process.ts";
import { postern } from "../peers/postern.ts";
import type { Measured, Workload } from "../workload.ts";

const PROGRAM = join(import.meta.dirname, "..", "programs", "decide.ts");

/** The relay decision alone, in a process that does nothing else. Every other client is privileged. */
export const decisions: Workload = {
  name: "decisions",
  says: "relay decisions in one process, with a long list of privileged addresses and with a short one",
  charted: ["decisionsPerSecond"],
  cases: (peers) =>
    peers.includes(postern)
      ? [
          { name: "100,000 entries", run: () => measure(100_000) },
          { name: "10 entries", run: () => measure(10) },
        ]
      : [],
};

async function measure(entries: number): Promise<Measured> {
  const { code, stdout, output } = await runProcess(process.execPath, [PROGRAM, String(entries)]);
  if (code !== 0) throw new Error(`The deciding program ended with ${code}: ${output}`);
  const { perSecond } = JSON.parse(stdout) as { perSecond: number };
  return { version: "in-process", figures: { decisionsPerSecond: perSecond } };
}
