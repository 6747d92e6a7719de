import type { LoginExchange } from "../connections/login.ts";
import type { Reply } from "../core/reply.ts";
import type { MessageReceipt } from "./message-receipt.ts";
import type { Hello, Login, Transaction } from "./transaction.ts";

/** Where a session stands. Every command is answered from this and the session's surroundings alone. */
export type SessionState =
  | { readonly phase: "connected"; readonly login: Login }
  | { readonly phase: "idle"; readonly hello: Hello; readonly login: Login }
  | {
      readonly phase: "auth";
      readonly hello: Hello;
      readonly login: Login;
      readonly exchange: LoginExchange;
    }
  | {
      readonly phase: "mail";
      readonly hello: Hello;
      readonly login: Login;
      readonly transaction: Transaction;
    }
  | {
      readonly phase: "chunks";
      readonly hello: Hello;
      readonly login: Login;
      readonly transaction: Transaction;
      readonly receipt: MessageReceipt;
    };

/** What the connection does after the reply has been written. */
export type NextAction =
  /** `linger`: the client may be sending still, and is read for a moment so that it gets the reply. */
  | { readonly do: "close"; readonly linger: boolean }
  | { readonly do: "start-tls" }
  /** Read until CRLF.CRLF into the receipt; its end gives the reply. */
  | { readonly do: "read-data"; readonly receipt: MessageReceipt }
  /**
   * Read just `size` octets before the reply is sent: into the receipt, or away where there is none (RFC 3030 2: the chunk of
   * a refused BDAT follows all the same).
   */
  | {
      readonly do: "read-chunk";
      readonly size: number;
      readonly first: boolean;
      readonly last: boolean;
      readonly receipt?: MessageReceipt;
    };

/** What a handler answers. */
export interface Step {
  /** Absent where the reply comes only after more has been read. */
  readonly reply?: Reply;
  readonly state: SessionState;
  readonly next?: NextAction;
}
