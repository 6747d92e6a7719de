import type { ReversePath } from "../core/email-address.ts";
import type { JournalEntry } from "../ports/journal.ts";
import type { MailParams, RcptParams } from "../protocol/smtp/envelope-params.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";
import type { Target } from "../relay/facts.ts";
import type { SenderFacts } from "./gather-facts.ts";

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
  /** Whether a limit goes by it and the account has never sent to it. */
  readonly firstTime: boolean;
  /** The account that answers for it, where it is one. */
  readonly account: string | undefined;
  /** The daily cap of the privileged entry that answers for it. */
  readonly dailyCap: number | undefined;
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
