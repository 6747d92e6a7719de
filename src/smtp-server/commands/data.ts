import { replies } from "../../core/replies.ts";
import { receiveMessage } from "../message-receipt.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";

/** DATA (RFC 5321 4.1.1.4). */
export function data(context: SessionContext, state: SessionState): Step {
  if (state.phase === "chunks")
    return { reply: replies.badSequence("A message of BDAT chunks is open"), state };
  if (state.phase !== "mail") return { reply: replies.badSequence("Send MAIL and RCPT first"), state };
  const { hello, login, transaction } = state;
  // RFC 2920 3.1: a pipelining client learns here that no recipient was taken.
  if (transaction.recipients.length === 0) return { reply: replies.noValidRecipients, state };
  const receipt = receiveMessage(context, hello, login, transaction);
  return {
    reply: replies.startData,
    state: { phase: "idle", hello, login },
    next: { do: "read-data", receipt },
  };
}
