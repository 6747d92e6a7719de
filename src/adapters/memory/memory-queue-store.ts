import { type Instant, instant, plusMs } from "../../core/instant.ts";
import type { Outcome } from "../../core/outcome.ts";
import { err, ok } from "../../core/result.ts";
import type { Journal } from "../../ports/journal.ts";
import {
  type AcceptedMessage,
  type AttemptResult,
  type Body,
  type ClaimedMessage,
  type Envelope,
  type Lane,
  type QueueAction,
  type QueueEntry,
  type QueueFilter,
  type QueueRow,
  type QueueStats,
  type QueueStore,
  StoreUnavailable,
} from "../../ports/queue-store.ts";
import { messageCharges } from "../../ports/usage-rules/message-charges.ts";
import { chargeMessage, countFailures } from "../../ports/usage-rules/sending-ledger.ts";
import { memoryJournal } from "./memory-journal.ts";
import { type MemorySendingState, memorySendingState } from "./memory-sending-state.ts";

interface KeptRow {
  readonly row: QueueRow;
  readonly envelope: Envelope;
  dueAt: Instant;
  /** When the row was due before it was leased; absent: not leased. */
  leasedFrom: Instant | undefined;
  attempts: number;
  held: boolean;
  delayWarned: boolean;
  last: Outcome | undefined;
}

/** A spool and queue that last as long as the process. Decisions go to `journal`, as they do in one commit elsewhere. */
export function memoryQueueStore(
  journal: Journal = memoryJournal(),
  sending: MemorySendingState = memorySendingState(),
): QueueStore {
  const bodies = new Map<number, Body>();
  const rows = new Map<number, KeptRow>();
  sending.hold = (account) => {
    for (const kept of matching({ login: account, lane: "outbound" })) kept.held = true;
  };

  function matching(filter: QueueFilter): KeptRow[] {
    const found = [...rows.values()].filter((kept) => matches(filter, kept)).sort(byId);
    return filter.limit === undefined ? found : found.slice(0, filter.limit);
  }

  /** Deletes a row, and with the last row of a message its body; returns the body file that is free now. */
  function remove(id: number): string[] {
    const kept = rows.get(id);
    if (!kept) return [];
    rows.delete(id);
    const message = kept.envelope.id;
    if ([...rows.values()].some((other) => other.envelope.id === message)) return [];
    const body = bodies.get(message);
    bodies.delete(message);
    return body?.kind === "file" ? [body.name] : [];
  }

  return {
    async accept(message) {
      const { envelope, body, rows: newRows, decisions, leased } = message;
      if (bodies.has(envelope.id) || newRows.some(({ id }) => rows.has(id))) {
        throw new StoreUnavailable(`There is already a message or row of an id of message ${envelope.id}.`);
      }
      const charges = messageCharges(message);
      const charged = chargeMessage(sending.ledger, charges, envelope.acceptedAt);
      if (charged.kind === "over-limit") return err(charged.reached);
      await journal.record(decisions);
      if (newRows.length > 0) bodies.set(envelope.id, body);
      for (const row of newRows) {
        rows.set(row.id, newRow(row, envelope, leased, charged.held && row.lane === "outbound"));
      }
      return ok({ held: charged.held });
    },
    async claim({ lane, now, leaseMs, limit }) {
      const due = inLane(rows, lane)
        .filter((kept) => kept.dueAt <= now)
        .sort((a, b) => a.dueAt - b.dueAt || byId(a, b))
        .slice(0, limit);
      for (const kept of due) {
        kept.leasedFrom = kept.dueAt;
        kept.dueAt = plusMs(now, leaseMs);
      }
      return byMessage(due, bodies);
    },
    async finish(results) {
      countFailed(sending, results, rows);
      return { releasedBodies: results.flatMap((result) => end(result, rows, remove)) };
    },
    async nextDue(lane) {
      const times = inLane(rows, lane).map((kept) => kept.dueAt);
      return times.length === 0 ? undefined : instant(Math.min(...times));
    },
    list: async (filter) => matching({ limit: 1000, ...filter }).map(entryOf),
    async show(id) {
      const kept = rows.get(id);
      return kept && entryOf(kept);
    },
    readBody: async (id) => bodies.get(id),
    async act(action, filter, now) {
      const chosen = matching(filter);
      if (action !== "drop") {
        for (const kept of chosen) act(action, kept, now);
        return { rows: chosen.length, releasedBodies: [] };
      }
      return { rows: chosen.length, releasedBodies: chosen.flatMap((kept) => remove(kept.row.id)) };
    },
    stats: async (now) => statsOf([...rows.values()], now),
    async releaseLeases() {
      const leased = [...rows.values()].filter((kept) => kept.leasedFrom !== undefined);
      for (const kept of leased) giveBack(kept);
      return leased.length;
    },
    state: () => ({ queuedMessages: bodies.size }),
    probe: async () => {},
    bodyFiles: async () => [...bodies.values()].flatMap((body) => (body.kind === "file" ? [body.name] : [])),
  };
}

function countFailed(
  { ledger }: MemorySendingState,
  results: readonly AttemptResult[],
  rows: ReadonlyMap<number, KeptRow>,
): void {
  for (const result of results) {
    const origin = rows.get(result.row)?.envelope.origin;
    const account = origin?.login ?? origin?.account;
    if (result.next !== "done" || result.failedAt === undefined || account === undefined) continue;
    countFailures(ledger, account, 1, result.failedAt);
  }
}

function newRow(
  row: QueueRow,
  envelope: Envelope,
  leased: AcceptedMessage["leased"],
  held: boolean,
): KeptRow {
  const leasedUntil = !held && leased?.lanes.has(row.lane) ? leased.until : undefined;
  return {
    row,
    envelope,
    dueAt: leasedUntil ?? envelope.acceptedAt,
    leasedFrom: leasedUntil === undefined ? undefined : envelope.acceptedAt,
    attempts: 0,
    held,
    delayWarned: false,
    last: undefined,
  };
}

function byId(a: KeptRow, b: KeptRow): number {
  return a.row.id - b.row.id;
}

/** The lane's rows that are not held. */
function inLane(rows: ReadonlyMap<number, KeptRow>, lane: Lane): KeptRow[] {
  return [...rows.values()].filter((kept) => kept.row.lane === lane && !kept.held);
}

function byMessage(due: readonly KeptRow[], bodies: ReadonlyMap<number, Body>): ClaimedMessage[] {
  const groups = new Map<number, KeptRow[]>();
  for (const kept of due) groups.set(kept.envelope.id, [...(groups.get(kept.envelope.id) ?? []), kept]);
  return [...groups.values()].flatMap((group) => {
    const envelope = group[0]?.envelope;
    const body = envelope && bodies.get(envelope.id);
    if (!envelope || !body) return [];
    return [{ envelope, body, rows: group.map((kept) => ({ ...kept.row, ...attemptsOf(kept) })) }];
  });
}

function attemptsOf({ attempts, delayWarned }: KeptRow): { attempts: number; delayWarned: boolean } {
  return { attempts, delayWarned };
}

function end(
  result: AttemptResult,
  rows: ReadonlyMap<number, KeptRow>,
  remove: (id: number) => string[],
): string[] {
  const kept = rows.get(result.row);
  if (result.next === "done") return remove(result.row);
  if (kept && result.next === "give-back") giveBack(kept);
  if (kept && result.next === "retry") {
    kept.dueAt = result.at;
    kept.leasedFrom = undefined;
    kept.attempts += 1;
    kept.delayWarned ||= result.delayWarned ?? false;
    kept.last = result.outcome;
  }
  return [];
}

function giveBack(kept: KeptRow): void {
  kept.dueAt = kept.leasedFrom ?? kept.dueAt;
  kept.leasedFrom = undefined;
}

function act(action: Exclude<QueueAction, "drop">, kept: KeptRow, now: Instant): void {
  if (action !== "retry") kept.held = action === "hold";
  // A row that is being attempted keeps its lease, else two attempts would run.
  else if (kept.leasedFrom === undefined) kept.dueAt = now;
  else kept.leasedFrom = now;
}

function matches(filter: QueueFilter, { row, envelope }: KeptRow): boolean {
  return (
    (filter.ids === undefined || filter.ids.includes(row.id)) &&
    (filter.lane === undefined || filter.lane === row.lane) &&
    sameText(filter.destination, row.destination) &&
    sameText(filter.sender, envelope.sender) &&
    sameText(filter.login, envelope.origin.login ?? envelope.origin.account)
  );
}

function sameText(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === found?.toLowerCase();
}

function entryOf(kept: KeptRow): QueueEntry {
  return {
    envelope: kept.envelope,
    row: kept.row,
    attempts: kept.attempts,
    nextAttemptAt: kept.dueAt,
    leased: kept.leasedFrom !== undefined,
    held: kept.held,
    ...(kept.last === undefined ? {} : { last: kept.last }),
  };
}

function statsOf(rows: readonly KeptRow[], now: Instant): QueueStats {
  const stateOf = (kept: KeptRow) => {
    if (kept.held) return "held";
    return kept.leasedFrom !== undefined && kept.dueAt > now ? "leased" : "waiting";
  };
  const count = (name: Lane, state: string) =>
    rows.filter((kept) => kept.row.lane === name && stateOf(kept) === state).length;
  const lane = (name: Lane) => ({
    waiting: count(name, "waiting"),
    held: count(name, "held"),
    leased: count(name, "leased"),
  });
  const times = rows.map((kept) => kept.envelope.acceptedAt);
  return {
    lanes: { local: lane("local"), outbound: lane("outbound") },
    ...(times.length === 0 ? {} : { oldestAt: instant(Math.min(...times)) }),
  };
}
