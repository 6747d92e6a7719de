import { join } from "node:path";
import { runProcess } from "../test/support/process.ts";
import { toolPath } from "../test/support/tools.ts";
import type { SendPlan } from "./programs/send-mail.ts";

const PROGRAM = join(import.meta.dirname, "programs", "send-mail.ts");
const WITHIN_MS = 15 * 60_000;

/** Runs Postfix's smtp-source until the server has answered for every message. */
export async function sendMessages(plan: SendPlan): Promise<void> {
  const amount = ["-s", String(plan.sessions), "-m", String(plan.messages), "-l", String(plan.sizeBytes)];
  const envelope = ["-M", "client.example.test", "-f", "load@example.test", "-t", plan.recipient];
  const reuse = plan.newConnections ? [] : ["-d"];
  const args = ["-4", ...amount, ...envelope, ...reuse, `inet:127.0.0.1:${plan.port}`];
  const { code, output } = await runProcess(toolPath("smtp-source"), args, { withinMs: WITHIN_MS });
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${output}`);
}

/**
 * Sends the same from a program of ours, since smtp-source does not tell times, and gives for each message the
 * milliseconds from its last byte to the reply.
 */
export async function replyTimesMs(plan: SendPlan): Promise<number[]> {
  const args = [PROGRAM, JSON.stringify(plan)];
  const { code, stdout, output } = await runProcess(process.execPath, args, { withinMs: WITHIN_MS });
  if (code !== 0) throw new Error(`The load program ended with ${code}: ${output}`);
  return JSON.parse(stdout) as number[];
}
