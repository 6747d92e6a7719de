import type { LoginExchange } from "../connections/login.ts";
import type { PopReply } from "../core/pop-reply.ts";
import type { Maildrop, MaildropMessage } from "../ports/maildrop-store.ts";

/** Where a session stands (RFC 1939 3). Every command is answered from this and the session's surroundings alone. */
export type PopState =
  /** `user`: what USER said. */
  | { readonly phase: "authorization"; readonly user?: string }
  | { readonly phase: "auth"; readonly mechanism: string; readonly exchange: LoginExchange }
  | TransactionState;

export interface TransactionState {
  readonly phase: "transaction";
  readonly account: string;
  readonly maildrop: Maildrop;
  /**
   * Message numbers that DELE has marked. It is changed in place: a copy for each of 100,000 DELE would cost more than all
   * else. Nothing is deleted before QUIT.
   */
  readonly marked: Set<number>;
}

/** What a handler answers. */
export interface PopStep {
  readonly reply: PopReply;
  readonly state: PopState;
  /** What follows a good reply up to the line with a dot. */
  readonly body?: PopBody;
  readonly next?: "close" | "start-tls";
}

/** The rest of a multi-line response. */
export type PopBody =
  /** Lines without CRLF, none of which begins with a dot. */
  | { readonly kind: "lines"; readonly lines: Iterable<string> }
  | {
      readonly kind: "message";
      readonly content: AsyncIterableIterator<Buffer>;
      /** TOP: the header and so many lines. */
      readonly maxBodyLines?: number;
    };

/** The message of that number, where there is one that has not been marked. */
export function messageAt(state: TransactionState, number: number): MaildropMessage | undefined {
  return state.marked.has(number) ? undefined : state.maildrop.messages[number - 1];
}

/** Messages that have not been marked, with their numbers (RFC 1939 5: numbers never change within a session). */
export function* unmarked(state: TransactionState): Generator<readonly [number, MaildropMessage]> {
  let number = 0;
  for (const message of state.maildrop.messages) {
    number += 1;
    if (!state.marked.has(number)) yield [number, message];
  }
}

/** How many messages have not been marked, and their size. */
export function totals(state: TransactionState): { readonly count: number; readonly octets: number } {
  let octets = 0;
  for (const [, message] of unmarked(state)) octets += message.octets;
  return { count: state.maildrop.messages.length - state.marked.size, octets };
}
