import { formatId } from "../core/ids.ts";
import type { BodyStore } from "../ports/body-store.ts";
import type { SampledMessage } from "../ports/containment-store.ts";
import type { Journal, JournalEntry } from "../ports/journal.ts";
import type { QueueEntry, QueueStore } from "../ports/queue-store.ts";
import { bodyHeader } from "../ports/read-body.ts";

const MESSAGES = 5;
const RECIPIENTS = 20;
const HEADER_BYTES = 4096;
/** Rows to look through for so many messages; one to very many recipients may leave fewer. */
const ROWS = 500;

export interface SampleSources {
  readonly queue: Pick<QueueStore, "list" | "readBody">;
  readonly bodies: Pick<BodyStore, "read">;
  readonly journal: Pick<Journal, "search">;
}

/**
 * Some messages of an account, so that a person can see what it was: with their headers as far as they are still in the
 * queue, and of those that have left what the journal knows.
 */
export async function takeSample(
  { queue, bodies, journal }: SampleSources,
  account: string,
): Promise<SampledMessage[]> {
  const rows = await queue.list({ login: account, lane: "outbound", limit: ROWS });
  const sample: SampledMessage[] = [];
  for (const entries of [...Map.groupBy(rows, ({ envelope }) => envelope.id).values()].slice(0, MESSAGES)) {
    const [first] = entries;
    if (first) sample.push(await sampled(queue, bodies, first, entries));
  }
  if (sample.length === MESSAGES) return sample;
  const known = new Set(sample.map(({ message }) => message));
  const decisions = await journal.search({ login: account, limit: ROWS });
  const left = Map.groupBy(decisions, ({ message }) => (message === undefined ? "" : formatId(message)));
  const more = [...left].filter(([message]) => message !== "" && !known.has(message));
  return [...sample, ...more.flatMap(([message, entries]) => journaled(message, entries))].slice(0, MESSAGES);
}

function journaled(message: string, entries: readonly JournalEntry[]): SampledMessage[] {
  const [first] = entries;
  if (!first) return [];
  const { at: acceptedAt, client, sender } = first;
  const recipients = entries.slice(0, RECIPIENTS).map(({ recipient }) => recipient);
  return [{ message, acceptedAt, client, sender, recipients, header: "" }];
}

async function sampled(
  queue: Pick<QueueStore, "readBody">,
  bodies: Pick<BodyStore, "read">,
  { envelope }: QueueEntry,
  entries: readonly QueueEntry[],
): Promise<SampledMessage> {
  const body = await queue.readBody(envelope.id);
  const header = body ? await bodyHeader(body, bodies, HEADER_BYTES) : Buffer.alloc(0);
  return {
    message: formatId(envelope.id),
    acceptedAt: envelope.acceptedAt,
    client: envelope.origin.client,
    sender: envelope.sender,
    recipients: entries.slice(0, RECIPIENTS).map(({ row }) => row.target),
    header: header.toString("utf8"),
  };
}
