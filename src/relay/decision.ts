import type { Reply } from "../core/reply.ts";
import type { Ground, Reason } from "./reason.ts";

/** What is done with a recipient. */
export type Verdict = "relay" | "deliver" | "reject" | "defer";

/** Who answers for the message: limits, holds and the journal go by it. */
export type Identity =
  | { readonly kind: "account"; readonly account: string }
  | { readonly kind: "grant"; readonly client: string; readonly accounts: readonly string[] }
  | {
      readonly kind: "privileged";
      readonly entry: number;
      readonly label: string;
      /** Recipients a day (UTC), held to once more when the message is kept. */
      readonly dailyCap?: number;
    }
  | { readonly kind: "local-sender"; readonly sender: string }
  | { readonly kind: "anonymous" };

/** How one ground turned out. `weak` marks a ground that anybody can forge (local sender). */
export interface GroundResult {
  readonly ground: Ground;
  readonly holds: "yes" | "no" | "unknown";
  readonly weak?: true;
  /** One clause for a person: what was seen. */
  readonly because: string;
}

/** One step of the way to a decision, for `explain`. */
export interface Step {
  readonly check: string;
  readonly result: "pass" | "stop" | "yes" | "no" | "unknown";
  readonly saw: string;
}

/** The answer for one recipient. Stored with it and never made again. */
export interface Decision {
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** The grounds that hold, strongest first. */
  readonly grounds: readonly Ground[];
  readonly identity: Identity;
  readonly policy: number;
  readonly reply: Reply;
}

/** The identity as one word, for journal, limits and metrics. */
export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case "account":
      return `account:${identity.account}`;
    case "grant":
      return `grant:${identity.client}`;
    case "privileged":
      return `privileged:${identity.entry}`;
    case "local-sender":
      return `local-sender:${identity.sender}`;
    case "anonymous":
      return "anonymous";
  }
}

/** The account that answers with an identity: the one that logged in, here or as the only one by POP from that address. */
export function accountBehind(identity: Identity): string | undefined {
  if (identity.kind === "account") return identity.account;
  return identity.kind === "grant" && identity.accounts.length === 1 ? identity.accounts[0] : undefined;
}
