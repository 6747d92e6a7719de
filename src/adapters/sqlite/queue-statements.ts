import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Instant } from "../../core/instant.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { LimitReached } from "../../core/sending-limits.ts";
import type { Accepted, Lane, QueueAction } from "../../ports/queue-store.ts";
import type { SubjectCharge } from "../../ports/usage-rules/message-charges.ts";
import { chargeMessage, countFailures } from "../../ports/usage-rules/sending-ledger.ts";
import { integer, optionalText } from "./columns.ts";
import { DECISION_COLUMNS } from "./journal-columns.ts";
import { insertSql, type OperationContext, type Values } from "./operation.ts";
import { MESSAGE_COLUMNS, messageIdFrom, NEW_QUEUE_COLUMNS, QUEUE_COLUMNS } from "./queue-columns.ts";
import type { Condition } from "./queue-filter.ts";
import { sqliteLedgerTables } from "./sending-ledger-tables.ts";
import { arrays } from "./statements.ts";

/** A message on its way to the store; an inline body comes as the operation's bytes. */
export interface AcceptArguments {
  readonly message: Values;
  readonly rows: readonly Values[];
  readonly decisions: readonly Values[];
  /** What the message adds to the use of privileged entries: day, entry, recipients. */
  readonly uses: readonly Values[];
  /** Whom it is counted for. */
  readonly charges: readonly SubjectCharge[];
  readonly acceptedAt: Instant;
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
  /** Of those done, what was refused for good: id and time. */
  readonly failed: readonly (readonly [id: number, at: Instant])[];
}

export interface ActArguments {
  readonly action: QueueAction;
  readonly condition: Condition;
  /** The most rows to act on, oldest first; -1: all. */
  readonly limit: number;
  readonly now: number;
}

const NOT_COUNTED = { kind: "charged", held: false } as const;

const RETRY = `UPDATE queue SET due_at = ?, delay_warned = max(delay_warned, ?), last_kind = ?, last_status = ?,
  last_diagnostic = ?, last_remote = ?, leased_from = NULL, attempts = attempts + 1 WHERE id = ?`;

/**
 * Gives back all leases: of rows that are tried, and of those that were held meanwhile. A million rows are passed over in
 * the index of those due, a tenth of the table's size; an index of leases would be written for each attempt.
 */
export const GIVE_ALL_BACK: readonly string[] = ["queue_due WHERE held = 0", "queue_held WHERE held = 1"].map(
  (rows) => `UPDATE queue SET due_at = leased_from, leased_from = NULL
    WHERE id IN (SELECT id FROM queue INDEXED BY ${rows} AND leased_from IS NOT NULL)`,
);

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
  const ledger = sqliteLedgerTables(db);
  // Only other servers are to be reached by what is held: mail to a mailbox here does as little harm as reading it.
  const holdRow = db.prepare(
    `UPDATE queue SET held = 1, due_at = ifnull(leased_from, due_at), leased_from = NULL
     WHERE id = ? AND lane = 'outbound'`,
  );
  const sentBy = arrays(
    db,
    `SELECT ifnull(message.login, message.account) FROM queue JOIN message ON message.id = queue.message
     WHERE queue.id = ?`,
  );
  const giveBack = db.prepare(
    "UPDATE queue SET due_at = leased_from, leased_from = NULL WHERE id = ? AND leased_from IS NOT NULL",
  );
  const giveAllBack = GIVE_ALL_BACK.map((sql) => db.prepare(sql));
  const retry = db.prepare(RETRY);
  const claim = claimOperation(db);
  const deleteRow = rowDeletion(db);

  return {
    /** Fails with the limit that left no room, where one did: then nothing is kept. */
    accept(
      { message, rows, decisions, uses, charges, acceptedAt }: AcceptArguments,
      context: OperationContext,
    ): Result<Accepted, LimitReached> {
      // Mail from outside is counted for nobody.
      const charged = charges.length === 0 ? NOT_COUNTED : chargeMessage(ledger, charges, acceptedAt);
      if (charged.kind === "over-limit") return err(charged.reached);
      if (rows.length > 0) {
        insertMessage.run(...message);
        context.tally.messages += 1;
        if (context.bytes) insertBody.run(message[0] ?? null, context.bytes);
      }
      for (const row of rows) {
        insertRow.run(...row);
        if (charged.held) holdRow.run(row[0] ?? null);
      }
      for (const decision of decisions) insertDecision.run(...decision);
      for (const use of uses) addUse.run(...use);
      return ok({ held: charged.held });
    },

    claim,

    finish({ done, retries, givenBack, failed }: FinishArguments, { tally }: OperationContext): string[] {
      const released: string[] = [];
      for (const [id, at] of failed) {
        const account = optionalText(sentBy.get(id)?.[0] ?? null);
        if (account !== undefined) countFailures(ledger, account, 1, at);
      }
      for (const id of done) deleteRow(id, released, tally);
      for (const values of retries) retry.run(...values);
      for (const id of givenBack) giveBack.run(id);
      return released;
    },

    act(
      { action, condition, limit, now }: ActArguments,
      { tally }: OperationContext,
    ): { rows: number; releasedBodies: string[] } {
      const chosen = `SELECT id FROM queue WHERE ${condition.sql} ORDER BY id LIMIT ?`;
      const values = [...condition.values, limit];
      const releasedBodies: string[] = [];
      if (action === "drop") {
        const ids = db.prepare(chosen).all(...values);
        for (const row of ids) deleteRow(integer(row["id"]), releasedBodies, tally);
        return { rows: ids.length, releasedBodies };
      }
      const change = CHANGES[action];
      const bound = action === "retry" ? [now, now, ...values] : values;
      const { changes } = db.prepare(`UPDATE queue SET ${change} WHERE id IN (${chosen})`).run(...bound);
      return { rows: Number(changes), releasedBodies };
    },

    releaseLeases(): number {
      return giveAllBack.reduce((sum, statement) => sum + Number(statement.run().changes), 0);
    },

    /** Writes the version that is there already: the least that is a commit, with its sync. */
    probe(): void {
      const version = integer(db.prepare("PRAGMA user_version").get()?.["user_version"]);
      db.exec(`PRAGMA user_version = ${version}`);
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
function rowDeletion(
  db: DatabaseSync,
): (id: number, released: string[], tally: OperationContext["tally"]) => void {
  const row = arrays(db, "DELETE FROM queue WHERE id = ? RETURNING message");
  const message = arrays(db, "SELECT first_row, last_row, body_file FROM message WHERE id = ?");
  const others = arrays(db, "SELECT 1 FROM queue WHERE id BETWEEN ? AND ? AND message = ? LIMIT 1");
  const deleteBody = db.prepare("DELETE FROM body WHERE message = ?");
  const deleteMessage = db.prepare("DELETE FROM message WHERE id = ?");
  return (id, released, tally) => {
    const owner = row.get(id)?.[0];
    if (owner === undefined) return;
    const [first = null, last = null, bodyFile = null] = message.get(owner) ?? [];
    if (first !== last && others.get(first, last, owner)) return;
    const file = optionalText(bodyFile);
    if (file === undefined) deleteBody.run(owner);
    else released.push(file);
    deleteMessage.run(owner);
    tally.messages -= 1;
  };
}
