import type { DatabaseSync } from "node:sqlite";
import { integer, text } from "./columns.ts";
import { arrays } from "./statements.ts";

/** A change as it crosses to the store thread. */
export interface SavePolicyArguments {
  readonly base: number;
  readonly at: number;
  readonly author: string;
  readonly comment: string;
  readonly settings: string;
  /** Id (0: new) and fields of each entry. */
  readonly entries: readonly (readonly [id: number, fields: string])[];
}

/** The number of the new policy and the ids of its entries in their order, or that somebody else was first. */
export type SavedPolicy =
  | { readonly kind: "saved"; readonly number: number; readonly ids: readonly number[] }
  | { readonly kind: "conflict" };

/** The policies' operations on the writing connection. */
export function policyOperations(db: DatabaseSync) {
  const latest = arrays(db, "SELECT max(number) FROM policy_version");
  const insertVersion = db.prepare(
    "INSERT INTO policy_version (number, at, author, comment, settings) VALUES (?, ?, ?, ?, ?)",
  );
  const present = arrays(db, "SELECT id, fields FROM privileged_entry WHERE removed_in IS NULL");
  const lastId = arrays(db, "SELECT coalesce(max(id), 0) FROM privileged_entry");
  const insertEntry = db.prepare("INSERT INTO privileged_entry (id, added_in, fields) VALUES (?, ?, ?)");
  const removeEntry = db.prepare(
    "UPDATE privileged_entry SET removed_in = ? WHERE id = ? AND removed_in IS NULL",
  );
  const seed = db.prepare(
    `INSERT INTO policy_version (number, at, author, comment, settings)
     SELECT 1, ?, 'setup', 'the defaults', ? WHERE NOT EXISTS (SELECT 1 FROM policy_version)`,
  );

  return {
    /** Gives a new database its first policy. */
    seedPolicy({ at, settings }: Pick<SavePolicyArguments, "at" | "settings">): void {
      seed.run(at, settings);
    },

    savePolicy({ base, at, author, comment, settings, entries }: SavePolicyArguments): SavedPolicy {
      if (integer(latest.get()?.[0]) !== base) return { kind: "conflict" };
      const number = base + 1;
      insertVersion.run(number, at, author, comment, settings);
      const before = new Map(present.all().map(([id, fields]) => [integer(id), text(fields)]));
      let newest = Math.max(integer(lastId.get()?.[0]), ...entries.map(([id]) => id));
      const ids: number[] = [];
      for (const [givenId, fields] of entries) {
        const id = givenId === 0 ? ++newest : givenId;
        ids.push(id);
        const same = before.get(id) === fields;
        if (!same) removeEntry.run(number, id);
        if (!same) insertEntry.run(id, number, fields);
        before.delete(id);
      }
      for (const id of before.keys()) removeEntry.run(number, id);
      return { kind: "saved", number, ids };
    },
  };
}
