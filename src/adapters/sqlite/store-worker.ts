import type { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { checkpointWhenDue } from "./checkpoint.ts";
import { integer } from "./columns.ts";
import { type BatchedOperation, commitBatch, type OperationTable } from "./commit-batch.ts";
import { DataNewer, openWriter } from "./database.ts";
import { storeOperations } from "./operations.ts";
import type { FromStore, StoreThreadData, ToStore } from "./store-messages.ts";

// The store thread: the only writer of the database. Started by store-thread.ts, which typed everything that comes in here.

// Past so many operations a batch takes no more, so that those in it need not wait for ever for their answer.
const MAX_BATCH = 1000;

if (parentPort) serve(parentPort, workerData as StoreThreadData);

function serve(port: MessagePort, data: StoreThreadData): void {
  const db = open(port, data);
  if (!db) return;
  const table = storeOperations(db) as unknown as OperationTable;
  const checkpoint = checkpointWhenDue(db);
  let queuedMessages = countMessages(db);

  port.on("message", (first: ToStore) => {
    const gathered = gather(port, first);
    if (gathered.batch.length > 0) {
      const { transfer, queued, ...result } = commitBatch(db, table, gathered.batch);
      queuedMessages += queued;
      port.postMessage({ ...result, kind: "replies", queuedMessages } satisfies FromStore, transfer);
      // After the answers: nobody need wait for it.
      const broken = checkpoint();
      if (broken !== undefined) {
        // Nothing more is written, and the connection is not closed: that would be one more checkpoint.
        port.postMessage({ kind: "gave-up", detail: broken } satisfies FromStore);
        port.close();
        return;
      }
    }
    if (gathered.close) {
      db.close();
      port.close();
    }
  });
  port.postMessage({ kind: "ready", queuedMessages } satisfies FromStore);
}

/** Once, at the start: from then on the operations count. */
function countMessages(db: DatabaseSync): number {
  return integer(db.prepare("SELECT count(*) AS messages FROM message").get()?.["messages"]);
}

function open(port: MessagePort, { path, busyTimeoutMs }: StoreThreadData) {
  try {
    return openWriter(path, busyTimeoutMs);
  } catch (error) {
    const answer: FromStore =
      error instanceof DataNewer
        ? { kind: "data-newer", found: error.found, supported: error.supported }
        : { kind: "not-opened", detail: error instanceof Error ? error.message : String(error) };
    port.postMessage(answer);
    port.close();
    return undefined;
  }
}

/** Takes all that has come in while the last commit ran: it goes into one commit, without waiting for more. */
function gather(port: MessagePort, first: ToStore): { batch: BatchedOperation[]; close: boolean } {
  const batch: BatchedOperation[] = [];
  let message: ToStore | undefined = first;
  while (message) {
    if (message.kind === "close") return { batch, close: true };
    for (const { name, input, bytes } of message.operations) {
      batch.push({ name, input, bytes: bytesOf(bytes, message.packed) });
    }
    message = batch.length < MAX_BATCH ? receiveMessageOnPort(port)?.message : undefined;
  }
  return { batch, close: false };
}

function bytesOf(
  bytes: { readonly from: number; readonly to: number } | undefined,
  packed: Uint8Array | undefined,
): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  return packed?.subarray(bytes.from, bytes.to) ?? new Uint8Array(0);
}
