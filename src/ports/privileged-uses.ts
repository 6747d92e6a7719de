import type { JournalEntry } from "./journal.ts";

/** Recipients relayed for one privileged entry on one UTC day. */
export interface PrivilegedUse {
  /** Whole days since 1970-01-01, UTC. */
  readonly day: number;
  readonly entry: number;
  readonly recipients: number;
}

/** The UTC day of a time in milliseconds, counted from 1970. */
export function utcDay(atMs: number): number {
  return Math.floor(atMs / 86_400_000);
}

/** What the decisions of an accepted message add to the use of privileged entries. */
export function privilegedUses(decisions: readonly JournalEntry[]): PrivilegedUse[] {
  const uses = new Map<string, PrivilegedUse>();
  for (const { verdict, identity, at } of decisions) {
    const id = verdict === "relay" ? /^privileged:(\d+)$/.exec(identity)?.[1] : undefined;
    if (id === undefined) continue;
    const [day, entry] = [utcDay(at), Number(id)];
    const key = `${day} ${entry}`;
    uses.set(key, { day, entry, recipients: (uses.get(key)?.recipients ?? 0) + 1 });
  }
  return [...uses.values()];
}
