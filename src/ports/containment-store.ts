import type { Instant } from "../core/instant.ts";
import type { Result } from "../core/result.ts";

/**
 * Accounts that may not send until an administrator has looked (SPEC §2, Containment). Containing suspends the mailbox,
 * holds its queue and keeps the record, in one commit. The rules do the same in the commit of the message that breaks them.
 */
export interface ContainmentStore {
  /** Contains a mailbox by hand; refuses one that is not there or that is contained already. */
  contain(request: ContainRequest): Promise<Result<Containment>>;
  /** Ends the containment of a mailbox and lets it send again; what is held is for the caller to release. */
  release(account: string, by: string, now: Instant): Promise<Result<Containment>>;
  /** The newest containment of an account, over or not. */
  show(account: string): Promise<Containment | undefined>;
  /** Newest first; those that are over too, up to a thousand. */
  list(): Promise<Containment[]>;
  /** Those whose sessions, grants and alert have not been seen to yet. Asked often, so cheap. */
  pending(): Promise<Containment[]>;
  /** Keeps the sample, and that a containment has been seen to. */
  followedUp(id: number, sample: readonly SampledMessage[], now: Instant): Promise<void>;
  alerts(): Promise<AlertSettings>;
  setAlerts(settings: AlertSettings): Promise<void>;
}

export interface ContainRequest {
  readonly account: string;
  readonly cause: string;
  /** `cli:alice`; the rules are `rule`. */
  readonly by: string;
  readonly at: Instant;
}

/** One time that an account was contained. */
export interface Containment extends ContainRequest {
  readonly id: number;
  readonly releasedAt?: Instant;
  readonly releasedBy?: string;
  readonly sample: readonly SampledMessage[];
}

/** What is shown of a message of a contained account. */
export interface SampledMessage {
  /** The message's id as people see it. */
  readonly message: string;
  readonly acceptedAt: Instant;
  readonly client: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** The beginning of its header, as text. */
  readonly header: string;
}

/** Who is told of a containment. */
export interface AlertSettings {
  /** An address; absent: the postmaster of the account's domain. */
  readonly mail?: string;
  /** An https address that gets a POST of JSON; absent: none. */
  readonly webhook?: string;
}
