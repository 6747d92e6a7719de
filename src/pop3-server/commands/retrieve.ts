import { popReplies } from "../../core/pop-reply.ts";
import type { PopContext } from "../pop-context.ts";
import { messageAt, type PopStep, type TransactionState } from "../pop-state.ts";

/**
 * RETR, and TOP with `maxBodyLines` (RFC 1939 5 and 7). The message is opened before the good reply, so that one that
 * cannot be read is refused and not broken off.
 */
export async function retrieve(
  context: PopContext,
  state: TransactionState,
  number: number,
  maxBodyLines?: number,
): Promise<PopStep> {
  const message = messageAt(state, number);
  if (!message) return { reply: popReplies.noSuchMessage, state };
  try {
    const content = await state.maildrop.read(number - 1);
    if (!content) return { reply: popReplies.messageGone, state };
    return maxBodyLines === undefined
      ? { reply: popReplies.message(message.octets), state, body: { kind: "message", content } }
      : { reply: popReplies.messageTop, state, body: { kind: "message", content, maxBodyLines } };
  } catch (error) {
    context.log.error("message-unreadable", {
      account: state.account,
      uid: message.uid,
      detail: error instanceof Error ? error.message : String(error),
    });
    return { reply: popReplies.messageUnreadable, state };
  }
}
