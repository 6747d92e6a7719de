import { ALICE } from "../support/postern-server.ts";
import type { Place } from "./ledger.ts";
import type { Draft } from "./load.ts";
import { messageMaker } from "./marked-message.ts";
import type { Random } from "./random.ts";

/** A message to send, and where copies of it are expected. */
export interface Planned {
  readonly draft: Draft;
  readonly places: readonly Place[];
}

/** Messages of all sizes and kinds, each with an id of its own. */
export interface Drafts {
  next(): Planned;
  /** One whose only recipient the peer refuses. */
  bouncing(): Planned;
}

const FRIEND = "friend@far.test";
const SENDER = "sender@other.test";

/** Bytes of bodies: those in a row, those about the bound of 256 KiB, and those in a file. */
const SIZES: readonly (readonly [number, number])[] = [
  [0, 100],
  [100, 8_000],
  [100, 8_000],
  [8_000, 100_000],
  [261_000, 262_400],
  [300_000, 600_000],
];

/** Makes them; `refusedDomain` is one whose recipients the peer refuses. */
export function drafts(random: Random, refusedDomain: string): Drafts {
  const make = messageMaker(random);
  let last = 0;
  const plan = (from: string, to: readonly string[], places: readonly Place[], size: number): Planned => {
    last += 1;
    const id = String(last);
    return { draft: { id, from, to, message: make(id, size) }, places };
  };
  const bouncing = () => plan(ALICE.user, [`nobody@${refusedDomain}`], ["report"], random.between(0, 2000));
  return {
    next: () => {
      const size = random.between(...random.pick(SIZES));
      const kind = random.next();
      if (kind < 0.4) return plan(SENDER, [ALICE.user], ["mailbox"], size);
      if (kind < 0.8) return plan(SENDER, [FRIEND], ["peer"], size);
      if (kind < 0.95) return plan(SENDER, [ALICE.user, FRIEND], ["mailbox", "peer"], size);
      return bouncing();
    },
    bouncing,
  };
}
