import type { Domain } from "../../core/domain.ts";
import { formatId } from "../../core/ids.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { BodyStore } from "../../ports/body-store.ts";
import type { DeliverMessage, RowOutcome } from "../../ports/deliver-message.ts";
import type { Logger } from "../../ports/logger.ts";
import type { ClaimedMessage, QueueRow } from "../../ports/queue-store.ts";
import { bodyHeader } from "../../ports/read-body.ts";
import type { Resolver } from "../../ports/resolver.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { type NextHop, type NextHopOptions, nextHop } from "./next-hop.ts";
import { type SessionPool, sessionPool } from "./session-pool.ts";
import type { Transaction } from "./transaction.ts";

export interface OutboundDeliveryOptions extends ConnectOptions, NextHopOptions {
  /** This server's name: for EHLO, and to know itself among MX hosts. */
  readonly hostname: Domain;
  readonly resolver: Resolver;
  readonly bodies: Pick<BodyStore, "read">;
  /** Connections at a time to one next hop: a smart host, or the MX hosts of one domain. */
  readonly maxPerHost: number;
  readonly log: Logger;
}

/** The outbound lane's delivery, and its connections' end. */
export interface OutboundDelivery {
  readonly deliver: DeliverMessage;
  /** Closes what is idle, refuses what is new; what is being sent is sent to its end. */
  close(): void;
}

// RFC 5321 4.5.3.1.8: every server takes at least 100 recipients.
const MAX_RECIPIENTS = 100;
const IDLE_MS = 5_000;
/** New connections for one transaction; lost idle ones included. */
const MAX_ATTEMPTS = 12;
const BATCHES_AT_A_TIME = 20;
const MAX_HEADER_BYTES = 256 * 1024;

/** Delivers the rows of the outbound lane to other servers, those with the same next hop in one transaction. */
export function outboundDelivery(options: OutboundDeliveryOptions): OutboundDelivery {
  const pool = sessionPool({ timers: options.timers, maxPerHop: options.maxPerHost, idleMs: IDLE_MS });
  return {
    deliver: async (message) => {
      const outcomes = await deliverMessage(options, pool, message);
      logOutcomes(options.log, message, outcomes);
      return outcomes;
    },
    close: () => pool.close(),
  };
}

async function deliverMessage(
  options: OutboundDeliveryOptions,
  pool: SessionPool,
  message: ClaimedMessage,
): Promise<readonly RowOutcome[]> {
  try {
    const { batches, outcomes } = await batchesOf(options, message);
    const work = async (): Promise<void> => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) {
        outcomes.push(...(await sendBatch(options, pool, message, batch)));
      }
    };
    await Promise.all(Array.from({ length: Math.min(batches.length, BATCHES_AT_A_TIME) }, work));
    return outcomes;
  } catch (error) {
    return internalTrouble(options, message, message.rows, error);
  }
}

async function sendBatch(
  options: OutboundDeliveryOptions,
  pool: SessionPool,
  message: ClaimedMessage,
  { hop, rows }: Batch,
): Promise<readonly RowOutcome[]> {
  try {
    return await send(options, pool, hop, transactionFor(options, message, rows));
  } catch (error) {
    return internalTrouble(options, message, rows, error);
  }
}

/** A port that could not answer, the route store or the spool: nothing is known of the recipients. */
function internalTrouble(
  { log }: OutboundDeliveryOptions,
  { envelope }: ClaimedMessage,
  rows: readonly QueueRow[],
  error: unknown,
): RowOutcome[] {
  log.error("outbound-delivery-deferred", { message: formatId(envelope.id), detail: String(error) });
  return rows.map(({ id }) => ({ row: id, outcome: INTERNAL_TROUBLE }));
}

/** Sends one transaction, to the next host where a connection fails before anything was decided. */
async function send(
  options: OutboundDeliveryOptions,
  pool: SessionPool,
  hop: NextHop,
  transaction: Transaction,
): Promise<readonly RowOutcome[]> {
  const tried = new Set<string>();
  const outcomes: RowOutcome[] = [];
  let { rows } = transaction;
  let lost: Outcome | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const lease = await pool.acquire({
      key: hop.key,
      open: () => connect(options, hop, tried),
      speaksForAll: tried.size === 0,
    });
    if (!lease.ok) {
      lost ??= lease.error;
      break;
    }
    const { session, address, reused, release } = lease.value;
    const end = await session.send({ ...transaction, rows }).finally(release);
    outcomes.push(...end.outcomes);
    if (end.undecided.length === 0) return outcomes;
    rows = end.undecided;
    lost = end.loss;
    // A session that had idled may have been closed by the peer meanwhile; that says nothing against its host.
    if (!reused) tried.add(address);
  }
  const outcome = lost ?? GAVE_UP;
  return [...outcomes, ...rows.map(({ id }) => ({ row: id, outcome }))];
}

const GAVE_UP: Outcome = {
  kind: "deferred",
  status: "4.4.1",
  diagnostic: "no host of the next hop could be spoken to",
};
const INTERNAL_TROUBLE: Outcome = {
  kind: "deferred",
  status: "4.3.0",
  diagnostic: "the server cannot send mail at the moment",
};

interface Batch {
  readonly hop: NextHop;
  readonly rows: readonly QueueRow[];
}

/** The rows of a message by next hop, none with more than one transaction holds. */
async function batchesOf(
  options: NextHopOptions,
  message: ClaimedMessage,
): Promise<{ batches: Batch[]; outcomes: RowOutcome[] }> {
  const byHop = new Map<string, { hop: NextHop; rows: QueueRow[] }>();
  const outcomes: RowOutcome[] = [];
  const byDestination = Map.groupBy(message.rows, ({ destination }) => destination);
  await Promise.all(
    Array.from(byDestination, async ([destination, rows]) => {
      const hop = await nextHop(options, destination);
      if (!hop.ok) {
        const outcome = hop.error;
        outcomes.push(...rows.map(({ id }) => ({ row: id, outcome })));
        return;
      }
      const batch = byHop.get(hop.value.key) ?? { hop: hop.value, rows: [] };
      batch.rows.push(...rows);
      byHop.set(hop.value.key, batch);
    }),
  );
  const batches = Array.from(byHop.values()).flatMap(({ hop, rows }) =>
    Array.from({ length: Math.ceil(rows.length / MAX_RECIPIENTS) }, (_, i) => ({
      hop,
      rows: rows.slice(i * MAX_RECIPIENTS, (i + 1) * MAX_RECIPIENTS),
    })),
  );
  return { batches, outcomes };
}

function transactionFor(
  options: OutboundDeliveryOptions,
  { envelope, body }: ClaimedMessage,
  rows: readonly QueueRow[],
): Transaction {
  return {
    envelope,
    rows,
    header: () => bodyHeader(body, options.bodies, MAX_HEADER_BYTES),
    body: () =>
      body.kind === "inline" ? body.bytes : logged(options, envelope.id, options.bodies.read(body.name)),
  };
}

/** What the disk says about a body that cannot be read is for the log; the sender learns only that it waits. */
async function* logged(
  options: OutboundDeliveryOptions,
  message: number,
  body: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    options.log.error("spool-read-failed", { message, detail: String(error) });
    throw error;
  }
}

function logOutcomes(log: Logger, { envelope, rows }: ClaimedMessage, outcomes: readonly RowOutcome[]): void {
  const targets = new Map(rows.map(({ id, target }) => [id, target]));
  for (const { row, outcome } of outcomes) {
    const { kind, status, diagnostic, remote } = outcome;
    const fields = {
      message: formatId(envelope.id),
      recipient: targets.get(row),
      status,
      remote,
      diagnostic,
    };
    if (kind === "delivered") log.info("relayed", fields);
    else log.warn(kind === "failed" ? "relay-failed" : "relay-deferred", fields);
  }
}
