import type { ReversePath } from "../core/email-address.ts";
import type { Reply } from "../core/reply.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type { ServerExchange } from "../protocol/sasl/server-mechanism.ts";
import type { MailParams, RcptParams } from "../protocol/smtp/envelope-params.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";
import type { Target } from "../relay/facts.ts";
import type { SenderFacts } from "./gather-facts.ts";
import type { MessageReceipt } from "./message-receipt.ts";

/** How the client greeted. */
export interface Hello {
  readonly name: string;
  readonly esmtp: boolean;
}

/** What the session knows of a login. It is a fact for the decision, never a permission. */
export type Login =
  | { readonly state: "none" }
  | { readonly state: "failed" }
  | { readonly state: "in"; readonly account: string };

/** A recipient that was taken, with the decision that took it. */
export interface TakenRecipient {
  /** The address in the client's words, without brackets. */
  readonly text: string;
  readonly params: RcptParams;
  readonly targets: readonly Target[];
  readonly decision: JournalEntry;
}

/** MAIL and what followed. Keeps the policy that it began with (SPEC §3.5). */
export interface Transaction {
  readonly policy: CompiledPolicy;
  readonly sender: ReversePath;
  readonly senderText: string;
  readonly params: MailParams;
  /** What is known of the sender and the client, asked once for all recipients. */
  readonly senderFacts: Promise<SenderFacts>;
  readonly recipients: readonly TakenRecipient[];
}

/** Where a session stands. Every command is answered from this and the session's surroundings alone. */
export type SessionState =
  | { readonly phase: "connected"; readonly login: Login }
  | { readonly phase: "idle"; readonly hello: Hello; readonly login: Login }
  | {
      readonly phase: "auth";
      readonly hello: Hello;
      readonly login: Login;
      readonly exchange: ServerExchange;
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
  | { readonly do: "close" }
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
