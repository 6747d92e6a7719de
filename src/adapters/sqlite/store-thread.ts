import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { type QueueState, StoreUnavailable, type StoreUnavailableOptions } from "../../ports/queue-store.ts";
import { DataNewer, openReader } from "./database.ts";
import type { OperationName, StoreOperations } from "./operations.ts";
import { packOperations } from "./pack-operations.ts";
import type { FromStore, StoreThreadData, ToStore } from "./store-messages.ts";

export interface StoreOptions {
  /** The database file; made where it is missing, readable by its owner only. Its folder must be there. */
  readonly path: string;
  /** Called once when the store thread ends by itself: nothing can be written any more, and the program should stop. */
  readonly onFailure?: (error: Error) => void;
  /** The most operations that may wait; further ones are refused at once, so that memory stays bounded. */
  readonly maxWaiting?: number;
  /** The most bytes of bodies that may wait. */
  readonly maxWaitingBytes?: number;
  /** How long a commit waits for another program that holds the database. */
  readonly busyTimeoutMs?: number;
}

/** What has passed through the store since it was opened. */
export interface StoreCounters {
  readonly operations: number;
  /** Commits, each of all operations that had gathered. */
  readonly commits: number;
}

/** The open database: one thread that writes, and a connection here that reads what has been committed. */
export interface SqliteStore {
  /**
   * Has the store thread run an operation; resolves after the commit that holds it has been synced. `bytes` must
   * not change from the call on. Rejects with {@link StoreUnavailable} where the operation was not kept.
   */
  run<Name extends OperationName>(
    name: Name,
    input: Parameters<StoreOperations[Name]>[0],
    bytes?: Uint8Array,
  ): Promise<ReturnType<StoreOperations[Name]>>;
  /** Asks the reading connection, at once. Throws {@link StoreUnavailable} where it cannot answer. */
  ask<Answer>(question: (db: DatabaseSync) => Answer): Answer;
  /** Like {@link SqliteStore.ask}, with all statements of the question seeing one state of the database. */
  askTogether<Answer>(question: (db: DatabaseSync) => Answer): Answer;
  counters(): StoreCounters;
  /** How the last commits went, and how many messages they have left in the queue. */
  state(): QueueState;
  /** Lets what is waiting be committed, then ends the thread. Everything asked after that is refused. */
  close(): Promise<void>;
}

/**
 * Opens the store: starts its thread, which makes or migrates the database.
 * Rejects with {@link DataNewer} where a later version of the program wrote it, with {@link StoreUnavailable} where it
 * cannot be opened.
 */
export async function openStore(options: StoreOptions): Promise<SqliteStore> {
  const { path, busyTimeoutMs = 5000 } = options;
  // Compiled, this file and the worker end in .js.
  const entry = import.meta.url.endsWith(".ts") ? "./store-worker.ts" : "./store-worker.js";
  const workerData: StoreThreadData = { path, busyTimeoutMs };
  const worker = new Worker(new URL(entry, import.meta.url), { name: "store", workerData });
  const queuedMessages = await started(worker, path);
  try {
    return new StoreThread(worker, openReader(path), queuedMessages, options);
  } catch (error) {
    await worker.terminate();
    throw cannotOpen(path, error instanceof Error ? error.message : String(error));
  }
}

/** Resolves, when the database is open, with the number of messages in the queue. */
function started(worker: Worker, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(cannotOpen(path, error.message));
    const exited = () => reject(cannotOpen(path, "the store thread ended at once"));
    worker.once("error", failed);
    worker.once("exit", exited);
    worker.once("message", (answer: FromStore) => {
      worker.off("error", failed);
      worker.off("exit", exited);
      if (answer.kind === "data-newer") reject(new DataNewer(path, answer.found, answer.supported));
      else if (answer.kind === "not-opened") reject(cannotOpen(path, answer.detail));
      else if (answer.kind === "ready") resolve(answer.queuedMessages);
    });
  });
}

function cannotOpen(path: string, detail: string): StoreUnavailable {
  return new StoreUnavailable(
    `The database ${path} cannot be opened: ${detail}. See that its folder exists and that this program may write there.`,
  );
}

interface Waiting {
  readonly bytes: number;
  resolve(value: unknown): void;
  reject(error: StoreUnavailable): void;
}

class StoreThread implements SqliteStore {
  readonly #worker: Worker;
  readonly #reader: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #path: string;
  readonly #onFailure: (error: Error) => void;
  readonly #maxWaiting: number;
  readonly #maxWaitingBytes: number;
  readonly #exited: Promise<void>;
  /** Operations in the order in which they were asked for, which is that of the replies. */
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #toSend: { name: string; input: unknown; bytes: Uint8Array | undefined }[] = [];
  #state: "open" | "closed" | "failed" = "open";
  #operations = 0;
  #commits = 0;
  #queuedMessages: number;
  /** Why the last commit did not work. */
  #failure: string | undefined;
  /** Why the thread gave up, if it said so. */
  #lastWords: string | undefined;

  constructor(worker: Worker, reader: DatabaseSync, queuedMessages: number, options: StoreOptions) {
    this.#queuedMessages = queuedMessages;
    this.#worker = worker;
    this.#reader = reader;
    this.#begin = reader.prepare("BEGIN");
    this.#commit = reader.prepare("COMMIT");
    this.#path = options.path;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#maxWaiting = options.maxWaiting ?? 20_000;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? 256 * 1024 * 1024;
    worker.on("message", (answer: FromStore) => {
      if (answer.kind === "replies") this.#answered(answer);
      // Told when the thread has ended: only then is its connection closed, and the reader may be.
      if (answer.kind === "gave-up") this.#lastWords = answer.detail;
    });
    worker.on("error", (error) => this.#failed(error instanceof Error ? error : new Error(String(error))));
    this.#exited = new Promise((resolve) => {
      worker.once("exit", (code) => {
        if (this.#state === "open" || this.#waiting.length > 0) {
          const detail = this.#lastWords ?? `exit code ${code}`;
          this.#failed(new Error(`The store thread ended by itself (${detail}).`));
        }
        resolve();
      });
    });
  }

  run<Name extends OperationName>(
    name: Name,
    input: Parameters<StoreOperations[Name]>[0],
    bytes?: Uint8Array,
  ): Promise<ReturnType<StoreOperations[Name]>> {
    const size = bytes?.byteLength ?? 0;
    const refusal = this.#refusal(size);
    if (refusal) return Promise.reject(refusal);
    if (this.#toSend.length === 0) setImmediate(() => this.#send());
    this.#toSend.push({ name, input, bytes });
    this.#waitingBytes += size;
    this.#operations += 1;
    return new Promise((resolve, reject) => {
      // The thread ran the operation of that name, so its value is of that operation's type.
      this.#waiting.push({ bytes: size, resolve: resolve as (value: unknown) => void, reject });
    });
  }

  ask<Answer>(question: (db: DatabaseSync) => Answer): Answer {
    try {
      return question(this.#reader);
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  askTogether<Answer>(question: (db: DatabaseSync) => Answer): Answer {
    return this.ask((db) => {
      this.#begin.run();
      try {
        return question(db);
      } finally {
        this.#commit.run();
      }
    });
  }

  counters(): StoreCounters {
    return { operations: this.#operations, commits: this.#commits };
  }

  state(): QueueState {
    const queuedMessages = this.#queuedMessages;
    return this.#failure === undefined ? { queuedMessages } : { queuedMessages, failure: this.#failure };
  }

  async close(): Promise<void> {
    // First the reader: only a writer that is the last to close moves what is in the write-ahead log into the database.
    if (this.#reader.isOpen) this.#reader.close();
    if (this.#state === "open") {
      this.#state = "closed";
      this.#send();
      this.#worker.postMessage({ kind: "close" } satisfies ToStore);
    }
    await this.#exited;
  }

  /** Why an operation cannot be taken now. */
  #refusal(bytes: number): StoreUnavailable | undefined {
    if (this.#state === "closed") return new StoreUnavailable(`The store ${this.#path} is closed.`);
    if (this.#state === "failed") {
      return new StoreUnavailable(`The store thread of ${this.#path} has ended; start the program again.`);
    }
    if (this.#waiting.length < this.#maxWaiting && this.#waitingBytes + bytes <= this.#maxWaitingBytes) {
      return undefined;
    }
    return new StoreUnavailable(
      `${this.#waiting.length} operations with ${this.#waitingBytes} bytes already wait for ${this.#path}; ` +
        "the disk does not keep up.",
    );
  }

  /** Posts in one message all that was asked for in this turn of the event loop. */
  #send(): void {
    const operations = this.#toSend;
    if (operations.length === 0 || this.#state === "failed") return;
    this.#toSend = [];
    const { message, transfer } = packOperations(operations);
    this.#worker.postMessage(message, transfer);
  }

  #answered({ replies, commits, queuedMessages, failure }: Extract<FromStore, { kind: "replies" }>): void {
    this.#commits += commits;
    this.#queuedMessages = queuedMessages;
    if (failure !== undefined) this.#failure = failure;
    else if (commits > 0) this.#failure = undefined;
    const answered = this.#waiting.splice(0, replies.length);
    for (const [index, waiting] of answered.entries()) {
      const reply = replies[index];
      this.#waitingBytes -= waiting.bytes;
      if (!reply) continue;
      if (reply.done) waiting.resolve(reply.value);
      else waiting.reject(this.#notKept(reply));
    }
  }

  #failed(error: Error): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    this.#toSend = [];
    this.#waitingBytes = 0;
    this.#failure = error.message;
    const told = { detail: error.message, mayBeKept: true, cause: error };
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#notKept(told));
    this.#onFailure(error);
  }

  #notKept({ detail, ...how }: { detail: string } & StoreUnavailableOptions): StoreUnavailable {
    return new StoreUnavailable(`The database ${this.#path} could not be written: ${detail}`, how);
  }

  #unreadable(error: unknown): StoreUnavailable {
    if (error instanceof StoreUnavailable) return error;
    const detail = error instanceof Error ? error.message : String(error);
    return new StoreUnavailable(`The database ${this.#path} could not be read: ${detail}`, { cause: error });
  }
}
