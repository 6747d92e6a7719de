import type { SQLOutputValue } from "node:sqlite";
import { type Instant, instant, plusMs } from "../../core/instant.ts";
import { privilegedUses } from "../../ports/privileged-uses.ts";
import type {
  AttemptResult,
  Body,
  ClaimedMessage,
  Lane,
  QueueFilter,
  QueueStats,
  QueueStore,
} from "../../ports/queue-store.ts";
import { messageCharges } from "../../ports/usage-rules/message-charges.ts";
import { bytes, integer, optionalInteger, optionalText, type Stored, text } from "./columns.ts";
import { decisionValues } from "./journal-columns.ts";
import type { Values } from "./operation.ts";
import {
  attemptsFrom,
  bodyFileFrom,
  envelopeFrom,
  MESSAGE_COLUMNS,
  messageIdFrom,
  messageValues,
  QUEUE_COLUMNS,
  queueEntryFrom,
  queueRowFrom,
  queueValues,
} from "./queue-columns.ts";
import { filterCondition } from "./queue-filter.ts";
import type { ClaimedRows, FinishArguments } from "./queue-statements.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

const DEFAULT_LIST_LIMIT = 1000;
const ENTRY = `SELECT ${QUEUE_COLUMNS.map((name) => `queue.${name}`).join(", ")},
  ${MESSAGE_COLUMNS.map((name) => `message.${name}`).join(", ")}
  FROM queue JOIN message ON message.id = queue.message`;

/** The spool and queue in a {@link SqliteStore}. */
export function sqliteQueueStore(store: SqliteStore): QueueStore {
  const { due, entry, bodyOf, bodyFiles, counts, oldest } = store.ask((db) => ({
    due: arrays(db, "SELECT due_at FROM queue WHERE held = 0 AND lane = ? ORDER BY due_at LIMIT 1"),
    entry: arrays(db, `${ENTRY} WHERE queue.id = ?`),
    bodyOf: arrays(
      db,
      "SELECT body_file, bytes FROM message LEFT JOIN body ON body.message = message.id WHERE message.id = ?",
    ),
    bodyFiles: arrays(db, BODY_FILES),
    counts: arrays(db, COUNTS),
    oldest: arrays(db, OLDEST),
  }));
  return {
    async accept(accepted) {
      const { envelope, body, rows, decisions } = accepted;
      const input = {
        message: messageValues(accepted),
        rows: rows.map((row) => queueValues(row, accepted)),
        decisions: decisions.map(decisionValues),
        uses: privilegedUses(decisions).map(({ day, entry, recipients }) => [day, entry, recipients]),
        charges: messageCharges(accepted),
        acceptedAt: envelope.acceptedAt,
      };
      const inline = rows.length > 0 && body.kind === "inline" ? body.bytes : undefined;
      return await store.run("accept", input, inline);
    },
    async claim({ lane, now, leaseMs, limit }) {
      const leaseUntil = plusMs(now, leaseMs);
      return claimedFrom(await store.run("claim", { lane, now, leaseUntil, limit }));
    },
    async finish(results) {
      return { releasedBodies: await store.run("finish", finishArguments(results)) };
    },
    async nextDue(lane) {
      const row = store.ask(() => due.get(lane));
      return row && instant(integer(row[0]));
    },
    async list(filter) {
      const condition = filterCondition(filter);
      const rows = store.ask((db) =>
        arrays(db, `${ENTRY} WHERE ${condition.sql} ORDER BY queue.id LIMIT ?`).all(
          ...condition.values,
          filter.limit ?? DEFAULT_LIST_LIMIT,
        ),
      );
      return rows.map(queueEntryFrom);
    },
    async show(id) {
      const row = store.ask(() => entry.get(id));
      return row && queueEntryFrom(row);
    },
    async readBody(id) {
      const row = store.ask(() => bodyOf.get(id));
      if (!row) return undefined;
      const name = optionalText(row[0]);
      return name === undefined ? { kind: "inline", bytes: bytes(row[1]) } : { kind: "file", name };
    },
    act: (action, filter: QueueFilter, now) =>
      store.run("act", { action, condition: filterCondition(filter), limit: filter.limit ?? -1, now }),
    stats: async (now) =>
      store.askTogether(() => statsFrom(counts.all(now, now), optionalInteger(oldest.get()?.[0] ?? null))),
    releaseLeases: () => store.run("releaseLeases", undefined),
    bodyFiles: async () => store.ask(() => bodyFiles.all().map(([name]) => text(name))),
    state: () => store.state(),
    probe: () => store.run("probe", undefined),
  };
}

/** Through an index of those messages alone. */
export const BODY_FILES = "SELECT body_file FROM message WHERE body_file IS NOT NULL";

// Both halves read an index only. A lease that has run out is a row that waits.
const COUNTS = `
  SELECT lane, CASE WHEN leased_from IS NOT NULL AND due_at > ? THEN 'leased' ELSE 'waiting' END AS state, count(*)
    FROM queue WHERE held = 0 GROUP BY lane, leased_from IS NOT NULL AND due_at > ?
  UNION ALL
  SELECT lane, 'held', count(*) FROM queue WHERE held = 1 GROUP BY lane`;
const OLDEST = "SELECT accepted_at FROM message ORDER BY id LIMIT 1";

function claimedFrom({ rows, messages }: ClaimedRows): ClaimedMessage[] {
  const byMessage = new Map<number, SQLOutputValue[][]>();
  for (const row of rows) {
    const id = messageIdFrom(row);
    const others = byMessage.get(id);
    if (others) others.push(row);
    else byMessage.set(id, [row]);
  }
  return messages.map((message) => ({
    envelope: envelopeFrom(message),
    body: bodyFrom(message),
    rows: (byMessage.get(integer(message[0])) ?? []).map((row) => ({
      ...queueRowFrom(row),
      ...attemptsFrom(row),
    })),
  }));
}

function bodyFrom(message: readonly Stored[]): Body {
  const name = bodyFileFrom(message);
  if (name !== undefined) return { kind: "file", name };
  return { kind: "inline", bytes: bytes(message[MESSAGE_COLUMNS.length]) };
}

function finishArguments(results: readonly AttemptResult[]): FinishArguments {
  const done: number[] = [];
  const retries: Values[] = [];
  const givenBack: number[] = [];
  const failed: [number, Instant][] = [];
  for (const result of results) {
    if (result.next === "done") {
      done.push(result.row);
      if (result.failedAt !== undefined) failed.push([result.row, result.failedAt]);
    } else if (result.next === "give-back") givenBack.push(result.row);
    else {
      const { kind, status, diagnostic, remote } = result.outcome;
      const warned = result.delayWarned ? 1 : 0;
      retries.push([result.at, warned, kind, status, diagnostic, remote ?? null, result.row]);
    }
  }
  return { done, retries, givenBack, failed };
}

function statsFrom(counts: readonly (readonly Stored[])[], oldestAt: number | undefined): QueueStats {
  const lane = (name: Lane) => {
    const count = (state: string) => {
      const row = counts.find((found) => found[0] === name && found[1] === state);
      return row ? integer(row[2]) : 0;
    };
    return { waiting: count("waiting"), held: count("held"), leased: count("leased") };
  };
  return {
    lanes: { local: lane("local"), outbound: lane("outbound") },
    ...(oldestAt === undefined ? {} : { oldestAt: instant(oldestAt) }),
  };
}
