import type { Clock } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { Result } from "../core/result.ts";
import type { AppPasswordStore } from "../ports/app-password-store.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { ContainmentStore } from "../ports/containment-store.ts";
import type { Credentials, DirectoryAdmin } from "../ports/directory.ts";
import type { GrantStore } from "../ports/grant-store.ts";
import type { GuessStore } from "../ports/guess-store.ts";
import type { Journal } from "../ports/journal.ts";
import type { PolicyStore } from "../ports/policy-store.ts";
import type { QueueStore } from "../ports/queue-store.ts";
import type { RouteStore } from "../ports/route-store.ts";
import type { SendingRules } from "../ports/sending-rules.ts";
import type { UsageStore } from "../ports/usage-store.ts";
import type { Explanation } from "../relay/explain.ts";
import type { DoctorCheck } from "./doctor-check.ts";
import type { Health } from "./health.ts";

/** Everything that use cases work on, wired by main: for the running server, or for a data folder opened by the CLI. */
export interface AdminContext {
  /** Who does it, as history and log name them: `cli:alice`. */
  readonly actor: string;
  readonly clock: Clock;
  readonly directory: DirectoryAdmin;
  readonly policies: PolicyStore;
  readonly routes: RouteStore;
  readonly queue: QueueStore;
  readonly bodies: Pick<BodyStore, "remove">;
  readonly grants: GrantStore;
  readonly usage: Pick<UsageStore, "privilegedToday">;
  readonly sendingRules: SendingRules;
  readonly containments: ContainmentStore;
  readonly guesses: GuessStore;
  readonly appPasswords: AppPasswordStore;
  readonly journal: Journal;
  hashPassword(password: string): Promise<Credentials>;
  /** A new app password, and the hash that it is found by. */
  newAppPassword(): { readonly password: string; readonly hash: string };
  /** Gathers the facts as for live mail and explains the answer; refuses a question about a listener that is not there. */
  explain(question: ExplainQuestion): Promise<Result<Explanation>>;
  /** What `doctor` looks at besides the stores. */
  readonly checks: readonly DoctorCheck[];
  /** Whether the server takes mail. */
  health(): Health;
  /** Has the running server forget what a network or login guessed; what the store has of it is for the caller to remove. */
  forgetGuesses(subject: { network: string } | { login: string }): void;
  /** Tells the queue that rows may have fallen due. */
  wakeQueue(): void;
}

/** A transaction that may never have been: who asks, where, and for what. */
export interface ExplainQuestion {
  readonly client: IpAddress;
  /** The listener's name. */
  readonly listener: string;
  readonly tls: boolean;
  readonly login?: string;
  /** MAIL FROM without brackets; empty for the null path. */
  readonly sender: string;
  readonly recipient: string;
}
