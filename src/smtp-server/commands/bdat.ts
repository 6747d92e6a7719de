import { replies } from "../../core/replies.ts";
import type { Command } from "../../protocol/smtp/command.ts";
import { hopelessBytes, receiveMessage } from "../message-receipt.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";

/** BDAT (RFC 3030): a chunk of known size. The octets follow whatever the answer is, so they are always read. */
export function bdat(
  context: SessionContext,
  state: SessionState,
  { size, last }: Extract<Command, { verb: "BDAT" }>,
): Step {
  const { maxMessageBytes } = context.limits;
  // What nobody would read to its end is not begun, also where it would only be read away.
  if (size > hopelessBytes(maxMessageBytes))
    return { reply: replies.tooLarge(maxMessageBytes), state, next: { do: "close", linger: true } };
  const first = state.phase !== "chunks";
  const skip = { do: "read-chunk", size, first, last } as const;
  if (state.phase !== "mail" && state.phase !== "chunks") {
    return { reply: replies.badSequence("Send MAIL and RCPT first"), state, next: skip };
  }
  const { hello, login, transaction } = state;
  if (transaction.recipients.length === 0) return { reply: replies.noValidRecipients, state, next: skip };
  const receipt =
    state.phase === "chunks" ? state.receipt : receiveMessage(context, hello, login, transaction);
  const next: SessionState = last
    ? { phase: "idle", hello, login }
    : { phase: "chunks", hello, login, transaction, receipt };
  return { state: next, next: { ...skip, receipt } };
}
