import { popReplies } from "../../core/pop-reply.ts";
import type { PopContext } from "../pop-context.ts";
import { messageAt, type PopState, type PopStep, type TransactionState, totals } from "../pop-state.ts";

/** DELE (RFC 1939 5): marks, and no more. */
export function mark(state: TransactionState, number: number): PopStep {
  if (!messageAt(state, number)) return { reply: popReplies.noSuchMessage, state };
  state.marked.add(number);
  return { reply: popReplies.marked(number), state };
}

/** RSET (RFC 1939 5). */
export function unmarkAll(state: TransactionState): PopStep {
  state.marked.clear();
  const { count, octets } = totals(state);
  return { reply: popReplies.opened(count, octets), state };
}

/** QUIT (RFC 1939 4 and 6): after a login the marked messages are deleted now, and only now. */
export async function quit(context: PopContext, state: PopState): Promise<PopStep> {
  if (state.phase !== "transaction" || state.marked.size === 0)
    return { reply: popReplies.bye, state, next: "close" };
  const { maildrop, marked, account } = state;
  const failed = await maildrop.remove([...marked].map((number) => number - 1));
  const removed = marked.size - failed;
  context.log.info("pop-deleted", { client: context.client.text, account, messages: removed, failed });
  const reply = failed > 0 ? popReplies.byeNotRemoved(failed) : popReplies.byeRemoved(removed);
  return { reply, state, next: "close" };
}
