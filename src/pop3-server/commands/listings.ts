import { popReplies } from "../../core/pop-reply.ts";
import type { MaildropMessage } from "../../ports/maildrop-store.ts";
import { messageAt, type PopStep, type TransactionState, totals, unmarked } from "../pop-state.ts";

/** STAT (RFC 1939 5): messages marked as deleted are not counted. */
export function stat(state: TransactionState): PopStep {
  const { count, octets } = totals(state);
  return { reply: popReplies.stat(count, octets), state };
}

/** LIST and UIDL (RFC 1939 5 and 7): of one message, or of all. */
export function listing(verb: "LIST" | "UIDL", state: TransactionState, number?: number): PopStep {
  const value = (message: MaildropMessage) => (verb === "LIST" ? message.octets : message.uid);
  if (number !== undefined) {
    const message = messageAt(state, number);
    return { reply: message ? popReplies.entry(number, value(message)) : popReplies.noSuchMessage, state };
  }
  const count = state.maildrop.messages.length - state.marked.size;
  return { reply: popReplies.listing(count), state, body: { kind: "lines", lines: lines(state, value) } };
}

function* lines(
  state: TransactionState,
  value: (message: MaildropMessage) => number | string,
): Generator<string> {
  for (const [number, message] of unmarked(state)) yield `${number} ${value(message)}`;
}
