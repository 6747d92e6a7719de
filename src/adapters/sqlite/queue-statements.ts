import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Lane, QueueAction } from "../../ports/queue-store.ts";
import { integer, optionalText } from "./columns.ts";
import { DECISION_COLUMNS } from "./journal-columns.ts";
import { insertSql, type OperationContext, type Values } from "./operation.ts";
import { MESSAGE_COLUMNS, messageIdFrom, NEW_QUEUE_COLUMNS, QUEUE_COLUMNS } from "./queue-columns.ts";
import type { Condition } from "./queue-filter.ts";
import { arrays } from "./statements.ts";

/** A message on its way to the store; an inline body comes as the operation's bytes. */
export interface AcceptArguments {
  readonly message: Values;
  readonly rows: readonly Values[];
  readonly decisions: readonly Values[];
  /** What the message adds to the use of privileged entries: day, entry, recipients. */
  readonly uses: readonly Values[];
}

export interface ClaimArguments {
  readonly lane: Lane;
  readonly now: number;
  readonly leaseUntil: number;
  readonly limit: number;
}

/** Rows of {@link QUEUE_COLUMNS}, and for each message in them one of {@link MESSAGE_COLUMNS} and the inline body. */
export interface ClaimedRows {
  readonly rows: readonly SQLOutputValue[][];
  readonly messages: readonly SQLOutputValue[][];
}

export interface FinishArguments {
  readonly done: readonly number[];
  /** due_at, delay_warned, last_kind, last_status, last_diagnostic, last_remote, id */
  readonly retries: readonly Values[];
  readonly givenBack: readonly number[];
}

export interface ActArguments {
  readonly action: QueueAction;
  readonly condition: Condition;
  /** The most rows to act on, oldest first; -1: all. */
  readonly limit: number;
  readonly now: number;
}

const RETRY = `UPDATE queue SET due_at = ?, delay_warned = max(delay_warned, ?), last_kind = ?, last_status = ?,
  last_diagnostic = ?, last_remote = ?, leased_from = NULL, attempts = attempts + 1 WHERE id = ?`;

/** The queue's operations on the writing connection. Each runs in the transaction of its batch. */
export function queueOperations(db: DatabaseSync) {
  const insertMessage = db.prepare(insertSql("message", MESSAGE_COLUMNS));
  const insertBody = db.prepare("INSERT INTO body (message, bytes) VALUES (?, ?)");
  const insertRow = db.prepare(insertSql("queue", NEW_QUEUE_COLUMNS));
  const insertDecision = db.prepare(insertSql("decision", DECISION_COLUMNS));
  const addUse = db.prepare(
    `INSERT INTO privileged_use (day, entry, recipients) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients`,
  );
  const giveBack = db.prepare(
    "UPDATE queue SET due_at = leased_from, leased_from = NULL WHERE id = ? AND leased_from IS NOT NULL",
  );
  const giveAllBack = db.prepare(
    "UPDATE queue SET due_at = leased_from, leased_from = NULL WHERE leased_from IS NOT NULL",
  );
  const retry = db.prepare(RETRY);
  const claim = claimOperation(db);
  const deleteRow = rowDeletion(db);

  return {
    accept({ message, rows, decisions, uses }: AcceptArguments, context: OperationContext): void {
      if (rows.length > 0) {
        insertMessage.run(...message);
        if (context.bytes) insertBody.run(message[0] ?? null, context.bytes);
      }
      for (const row of rows) insertRow.run(...row);
      for (const decision of decisions) insertDecision.run(...decision);
      for (const use of uses) addUse.run(...use);
    },

    claim,

    finish({ done, retries, givenBack }: FinishArguments): string[] {
      const released: string[] = [];
      for (const id of done) deleteRow(id, released);
      for (const values of retries) retry.run(...values);
      for (const id of givenBack) giveBack.run(id);
      return released;
    },

    act({ action, condition, limit, now }: ActArguments): { rows: number; releasedBodies: string[] } {
      const chosen = `SELECT id FROM queue WHERE ${condition.sql} ORDER BY id LIMIT ?`;
      const values = [...condition.values, limit];
      const releasedBodies: string[] = [];
      if (action === "drop") {
        const ids = db.prepare(chosen).all(...values);
        for (const row of ids) deleteRow(integer(row["id"]), releasedBodies);
        return { rows: ids.length, releasedBodies };
      }
      const change = CHANGES[action];
      const bound = action === "retry" ? [now, now, ...values] : values;
      const { changes } = db.prepare(`UPDATE queue SET ${change} WHERE id IN (${chosen})`).run(...bound);
      return { rows: Number(changes), releasedBodies };
    },

    releaseLeases(): number {
      return Number(giveAllBack.run().changes);
    },
  };
}

const CHANGES: Readonly<Record<Exclude<QueueAction, "drop">, string>> = {
  // A row that is being attempted keeps its lease, else two attempts would run; given back, it is due at once.
  retry: `due_at = CASE WHEN leased_from IS NULL THEN ? ELSE due_at END,
          leased_from = CASE WHEN leased_from IS NULL THEN NULL ELSE ? END`,
  hold: "held = 1",
  release: "held = 0",
};

function claimOperation(
  db: DatabaseSync,
): (request: ClaimArguments, context: OperationContext) => ClaimedRows {
  // The order is that of the index queue_due, so that a claim reads no more rows than it takes.
  const due = arrays(
    db,
    `SELECT ${QUEUE_COLUMNS.join(", ")} FROM queue WHERE held = 0 AND lane = ? AND due_at <= ?
     ORDER BY due_at, leased_from, id LIMIT ?`,
  );
  const lease = db.prepare("UPDATE queue SET leased_from = due_at, due_at = ? WHERE id = ?");
  const message = arrays(
    db,
    `SELECT ${MESSAGE_COLUMNS.join(", ")}, body.bytes FROM message
     LEFT JOIN body ON body.message = message.id WHERE message.id = ?`,
  );
  return ({ lane, now, leaseUntil, limit }, context) => {
    const rows = due.all(lane, now, limit);
    const ids = new Set<number>();
    for (const row of rows) {
      lease.run(leaseUntil, row[0] ?? null);
      ids.add(messageIdFrom(row));
    }
    const messages = Array.from(ids, (id) => message.get(id) ?? []);
    for (const found of messages) {
      const body = found[MESSAGE_COLUMNS.length];
      if (body instanceof Uint8Array && body.buffer instanceof ArrayBuffer)
        context.transfer.push(body.buffer);
    }
    return { rows, messages };
  };
}

/** Deletes a row, and with the last row of a message the message; the name of its body file is added to `released`. */
function rowDeletion(db: DatabaseSync): (id: number, released: string[]) => void {
  const row = arrays(db, "DELETE FROM queue WHERE id = ? RETURNING message");
  const message = arrays(db, "SELECT first_row, last_row, body_file FROM message WHERE id = ?");
  const others = arrays(db, "SELECT 1 FROM queue WHERE id BETWEEN ? AND ? AND message = ? LIMIT 1");
  const deleteBody = db.prepare("DELETE FROM body WHERE message = ?");
  const deleteMessage = db.prepare("DELETE FROM message WHERE id = ?");
  return (id, released) => {
    const owner = row.get(id)?.[0];
    if (owner === undefined) return;
    const [first = null, last = null, bodyFile = null] = message.get(owner) ?? [];
    if (first !== last && others.get(first, last, owner)) return;
    const file = optionalText(bodyFile);
    if (file === undefined) deleteBody.run(owner);
    else released.push(file);
    deleteMessage.run(owner);
  };
}
