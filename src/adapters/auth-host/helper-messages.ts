import type { HostAnswer, HostQuestion } from "../../ports/host-accounts.ts";

/** Runs in a helper process: answers each question that comes over the channel, and ends with the channel. */
export function serveHelper(check: (question: HostQuestion) => HostAnswer): void {
  process.on("message", (question: HostQuestion) => {
    let answer: HostAnswer;
    try {
      answer = check(question);
    } catch (error) {
      answer = { kind: "unavailable", detail: error instanceof Error ? error.message : String(error) };
    }
    process.send?.(answer);
  });
  process.on("disconnect", () => process.exit(0));
}

/** Reads what a helper sent; `undefined` where it is no answer. */
export function readAnswer(message: unknown): HostAnswer | undefined {
  if (typeof message !== "object" || message === null || !("kind" in message)) return undefined;
  if (message.kind === "right" || message.kind === "wrong") return { kind: message.kind };
  if (message.kind !== "unavailable" || !("detail" in message)) return undefined;
  return { kind: "unavailable", detail: String(message.detail) };
}
