import type { DatabaseSync } from "node:sqlite";

export interface PruneUsesArguments {
  /** Subjects that have sent nothing since this day are forgotten. */
  readonly usedBefore: number;
  /** As are recipients that have not been sent to since this day. */
  readonly seenBefore: number;
  /** The most rows of a kind to delete in one commit. */
  readonly limit: number;
}

/** The operations on limits and use beside those of accepting. */
export function usageOperations(db: DatabaseSync) {
  const set = db.prepare("INSERT OR REPLACE INTO sending_rule (subject, rules) VALUES (?, ?)");
  const unset = db.prepare("DELETE FROM sending_rule WHERE subject = ?");
  const pruneUses = db.prepare(
    "DELETE FROM sending_use WHERE subject IN (SELECT subject FROM sending_use WHERE day < ? LIMIT ?)",
  );
  const prunePrivileged = db.prepare("DELETE FROM privileged_use WHERE day < ?");
  const pruneKnown = db.prepare(
    "DELETE FROM known_recipient WHERE hash IN (SELECT hash FROM known_recipient WHERE seen_day < ? LIMIT ?)",
  );
  return {
    setSendingRules({ subject, rules }: { subject: string; rules: string | undefined }): void {
      if (rules === undefined) unset.run(subject);
      else set.run(subject, rules);
    },
    pruneUses({ usedBefore, seenBefore, limit }: PruneUsesArguments): number {
      const uses = Number(pruneUses.run(usedBefore, limit).changes);
      const known = Number(pruneKnown.run(seenBefore, limit).changes);
      return uses + known + Number(prunePrivileged.run(seenBefore).changes);
    },
  };
}
