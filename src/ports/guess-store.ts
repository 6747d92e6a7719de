import type { Instant } from "../core/instant.ts";

/**
 * Whom the guard has blocked, and from where accounts log in: what of the guard's knowledge outlives the process (SPEC
 * A store that cannot answer rejects with `StoreUnavailable`.
 */
export interface GuessStore {
  /** The blocks that have not ended, the one that ends last first. */
  blocks(now: Instant): Promise<LoginBlock[]>;
  /** Keeps a block; an earlier one of the same subject goes. */
  putBlock(block: LoginBlock): Promise<void>;
  /** Takes away every block that the network or login has a part in. Says how many of them had not ended. */
  removeBlocks(subject: { network: string } | { login: string }, now: Instant): Promise<number>;
  /** Notes a good login. Of one login the {@link MAX_KNOWN_NETWORKS} latest networks are kept. */
  noteGoodLogin(login: string, network: string, now: Instant): Promise<void>;
  /** Whether the network logged in to the login within the last {@link KNOWN_FOR_MS}. */
  isKnown(login: string, network: string, now: Instant): Promise<boolean>;
  /** Forgets what counts no more, and of more than {@link MAX_BLOCKS} blocks those that end first. */
  prune(now: Instant): Promise<number>;
}

/** A subject whose logins are not looked at for a time. With both `network` and `login` it is only the two together. */
export interface LoginBlock {
  /** An IPv4 address, or the /64 of an IPv6 address (`2001:db8:1:2::/64`). */
  readonly network?: string;
  /** A login name, in lower case; there need be no such account. */
  readonly login?: string;
  readonly since: Instant;
  readonly until: Instant;
  /** 1 for the first block; each further one is longer. */
  readonly round: number;
}

/** For how long a good login makes its network known. */
export const KNOWN_FOR_MS = 30 * 86_400_000;

/** Networks known of one login. */
export const MAX_KNOWN_NETWORKS = 50;

/** Blocks that are kept. */
export const MAX_BLOCKS = 10_000;
