import type { Journal } from "../journal.ts";
import type { ClaimRequest, QueueFilter, QueueStore } from "../queue-store.ts";
import type { UsageStore } from "../usage-store.ts";
import { NOON } from "./sample-message.ts";

/** An empty queue with the journal and the counters that its commits write. */
export interface QueueUnderTest {
  readonly queue: QueueStore;
  readonly journal: Journal;
  readonly usage: UsageStore;
}

/** Takes all that is due in the outbound lane for a minute. */
export const CLAIM: ClaimRequest = { lane: "outbound", now: NOON, leaseMs: 60_000, limit: 100 };

/** The ids of the rows that a filter names, as they are listed. */
export async function idsOf(queue: QueueStore, filter: QueueFilter = {}): Promise<number[]> {
  return (await queue.list(filter)).map(({ row }) => row.id);
}
