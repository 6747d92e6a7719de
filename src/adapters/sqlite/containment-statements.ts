import type { DatabaseSync } from "node:sqlite";
import type { ContainRequest } from "../../ports/containment-store.ts";
import { flag, integer } from "./columns.ts";
import { arrays } from "./statements.ts";

/** Contains a mailbox: what the rules and the command do alike, within the commit that it is called in. */
export function containing(db: DatabaseSync): (request: ContainRequest) => void {
  const suspend = db.prepare("UPDATE mailbox SET suspended = 1 WHERE key = ?");
  const hold = db.prepare(
    `UPDATE queue SET held = 1 WHERE lane = 'outbound' AND held = 0
       AND EXISTS (SELECT 1 FROM message
                   WHERE message.id = queue.message AND ifnull(message.login, message.account) = ?)`,
  );
  const record = db.prepare("INSERT INTO containment (account, at, cause, author) VALUES (?, ?, ?, ?)");
  return ({ account, cause, by, at }) => {
    suspend.run(account);
    hold.run(account);
    record.run(account, at, cause, by);
  };
}

/** The operations of containment on the writing connection. */
export function containmentOperations(db: DatabaseSync) {
  const contain = containing(db);
  const suspended = arrays(db, "SELECT suspended FROM mailbox WHERE key = ?");
  const active = arrays(db, "SELECT id FROM containment WHERE account = ? AND released_at IS NULL");
  const release = db.prepare("UPDATE containment SET released_at = ?, released_by = ? WHERE id = ?");
  const resume = db.prepare("UPDATE mailbox SET suspended = 0 WHERE key = ?");
  // Or the next message would find the counts that the account was contained for.
  const forgive = db.prepare(
    `UPDATE sending_use SET step_recipients = 0, step_first_time = 0, before_recipients = 0,
       before_first_time = 0, day_failures = 0 WHERE subject = ?`,
  );
  const followUp = db.prepare("UPDATE containment SET followed_up_at = ?, sample = ? WHERE id = ?");
  const setAlert = db.prepare("INSERT OR REPLACE INTO containment_alert (name, value) VALUES (?, ?)");
  const unsetAlert = db.prepare("DELETE FROM containment_alert WHERE name = ?");
  return {
    contain(request: ContainRequest): "contained" | "no-mailbox" | "contained-already" {
      const row = suspended.get(request.account);
      if (!row) return "no-mailbox";
      if (flag(row[0]) && active.get(request.account)) return "contained-already";
      contain(request);
      return "contained";
    },
    releaseContained({ account, by, at }: { account: string; by: string; at: number }): boolean {
      const rows = active.all(account);
      for (const [id] of rows) release.run(at, by, integer(id));
      if (rows.length === 0) return false;
      resume.run(account);
      forgive.run(`account:${account}`);
      return true;
    },
    followedUp({ id, sample, at }: { id: number; sample: string; at: number }): void {
      followUp.run(at, sample, id);
    },
    setContainmentAlerts(settings: Readonly<Record<string, string | undefined>>): void {
      for (const [name, value] of Object.entries(settings)) {
        if (value === undefined) unsetAlert.run(name);
        else setAlert.run(name, value);
      }
    },
  };
}
