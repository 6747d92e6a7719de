import type { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { checkpointWhenDue } from "./checkpoint.ts";
import { type BatchedOperation, type BatchResult, commitBatch, type OperationTable } from "./commit-batch.ts";
import { DataNewer, openWriter } from "./database.ts";
import { messageCount } from "./message-count.ts";
import { storeOperations } from "./operations.ts";
import type {
  FromStore,
  FromStoreThread,
  StoreThreadData,
  ToStore,
  ToStoreThread,
} from "./store-messages.ts";

// The store thread: the only writer of the database. Started by store-thread.ts. It serves a port for each client;
// store-client.ts, at their other ends, typed everything that comes in here.

// Past so many operations a batch takes no more, so that those in it need not wait for ever for their answer.
const MAX_BATCH = 1000;

/** What one client has asked for, to go into the next commit. */
interface ClientBatch {
  readonly operations: BatchedOperation[];
  /** The client sends no more. */
  closing: boolean;
}

type Batches = ReadonlyMap<MessagePort, ClientBatch>;

if (parentPort) serve(parentPort, workerData as StoreThreadData);

function serve(parent: MessagePort, data: StoreThreadData): void {
  const db = open(parent, data);
  if (db) serveFrom(db, parent);
}

function serveFrom(db: DatabaseSync, parent: MessagePort): void {
  const table = storeOperations(db) as unknown as OperationTable;
  const checkpoint = checkpointWhenDue(db);
  const clients = new Set<MessagePort>();
  const count = messageCount(db);
  let queuedMessages = count.read();

  function work(batches: Batches): void {
    const all = Array.from(batches.values(), ({ operations }) => operations).flat();
    if (all.length > 0) {
      const result = commitBatch(db, table, all, count);
      queuedMessages += result.queued;
      answer(clients, batches, result, queuedMessages);
    }
    for (const [port, { closing }] of batches) if (closing) port.close();
    // After the answers: nobody need wait for it.
    const broken = all.length > 0 ? checkpoint() : undefined;
    if (broken === undefined) return;
    // Nothing more is written, and the connection is not closed: that would be one more checkpoint.
    parent.postMessage({ kind: "gave-up", detail: broken } satisfies FromStoreThread);
    end();
  }

  function end(): void {
    for (const port of clients) port.close();
    parent.close();
  }

  parent.on("message", (message: ToStoreThread) => {
    if (message.kind === "end") {
      db.close();
      return end();
    }
    const { port } = message;
    clients.add(port);
    port.on("message", (first: ToStore) => work(gather(clients, port, first)));
    port.on("close", () => clients.delete(port));
  });
  parent.postMessage({ kind: "ready", queuedMessages } satisfies FromStoreThread);
}

/** Every client learns how the store is; those who asked for something get their replies. */
function answer(
  clients: ReadonlySet<MessagePort>,
  batches: Batches,
  { replies, transfers, commits, failure }: BatchResult,
  queuedMessages: number,
): void {
  const state = { commits, queuedMessages, ...(failure === undefined ? {} : { failure }) };
  let from = 0;
  for (const [port, { operations }] of batches) {
    const to = from + operations.length;
    const told: FromStore = { ...state, replies: replies.slice(from, to) };
    port.postMessage(told, transfers.slice(from, to).flat());
    from = to;
  }
  for (const port of clients)
    if (!batches.has(port)) port.postMessage({ ...state, replies: [] } satisfies FromStore);
}

function open(parent: MessagePort, { path, busyTimeoutMs }: StoreThreadData) {
  try {
    return openWriter(path, busyTimeoutMs);
  } catch (error) {
    const told: FromStoreThread =
      error instanceof DataNewer
        ? { kind: "data-newer", found: error.found, supported: error.supported }
        : { kind: "not-opened", detail: error instanceof Error ? error.message : String(error) };
    parent.postMessage(told);
    parent.close();
    return undefined;
  }
}

/**
 * Takes all that has come in while the last commit ran, from every client: it goes into one commit, without waiting for
 * more. The clients are asked in turn, so that where there is more than fits nobody is left out.
 */
function gather(clients: ReadonlySet<MessagePort>, firstFrom: MessagePort, first: ToStore): Batches {
  const batches = new Map<MessagePort, ClientBatch>();
  let count = add(batches, firstFrom, first);
  for (let found = true; found && count < MAX_BATCH; ) {
    found = false;
    for (const port of clients) {
      const message: ToStore | undefined = receiveMessageOnPort(port)?.message;
      if (!message) continue;
      found = true;
      count += add(batches, port, message);
    }
  }
  return batches;
}

/** Puts a message's operations into its client's batch; says how many they are. */
function add(batches: Map<MessagePort, ClientBatch>, port: MessagePort, message: ToStore): number {
  const batch = batches.get(port) ?? { operations: [], closing: false };
  batches.set(port, batch);
  if (message.kind === "close") {
    batch.closing = true;
    return 0;
  }
  for (const { name, input, bytes } of message.operations)
    batch.operations.push({ name, input, bytes: bytesOf(bytes, message.packed) });
  return message.operations.length;
}

function bytesOf(
  bytes: { readonly from: number; readonly to: number } | undefined,
  packed: Uint8Array | undefined,
): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  return packed?.subarray(bytes.from, bytes.to) ?? new Uint8Array(0);
}
