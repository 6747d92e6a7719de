import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MessagePort } from "node:worker_threads";
import { type QueueState, StoreUnavailable, type StoreUnavailableOptions } from "../../ports/queue-store.ts";
import { openReader } from "./database.ts";
import type { OperationName, StoreOperations } from "./operations.ts";
import { type AskedOperation, packOperations } from "./pack-operations.ts";
import type { FromStore, ToStore } from "./store-messages.ts";

export interface StoreClientOptions {
  /** The database file, which the store thread has made and migrated. */
  readonly path: string;
  /** The most operations that may wait; further ones are refused at once, so that memory stays bounded. */
  readonly maxWaiting?: number;
  /** The most bytes of bodies that may wait. */
  readonly maxWaitingBytes?: number;
}

/** What has passed through the store since this client was opened. */
export interface StoreCounters {
  /** Operations that were asked for here. */
  readonly operations: number;
  /** Commits, each of all operations that had gathered, from here and from other clients. */
  readonly commits: number;
}

/** The database as one thread has it: the store thread writes, and a connection here reads what has been committed. */
export interface SqliteStore {
  /**
   * Has the store thread run an operation; resolves after the commit that holds it has been synced. `bytes` must
   * not change from the call on. Rejects with {@link StoreUnavailable} where the operation was not kept, or where the
   * store thread died over it, so that nobody knows.
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
  /** Resolves when all that waits has been committed. Everything asked after that is refused. */
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: number;
  resolve(value: unknown): void;
  reject(error: StoreUnavailable): void;
}

const DIED = "the store thread has died and is being started again";

/**
 * One thread's side of the store. It works through the port that it was given last: where the store thread dies, the
 * port closes, all that waited for an answer is rejected, and the thread that is started in its place brings a new port.
 * Reading goes on meanwhile.
 */
export class StoreClient implements SqliteStore {
  readonly #reader: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #path: string;
  readonly #maxWaiting: number;
  readonly #maxWaitingBytes: number;
  /** Operations in the order in which they were asked for, which is that of the replies. */
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #toSend: AskedOperation[] = [];
  /** Absent while there is no store thread. */
  #port: MessagePort | undefined;
  #closed = false;
  #onPortClosed: (() => void) | undefined;
  #operations = 0;
  #commits = 0;
  #queuedMessages = 0;
  /** Why the last commit did not work. */
  #failure: string | undefined;

  /** Opens the reading connection; throws what SQLite throws. Operations are refused until a port has been attached. */
  constructor(options: StoreClientOptions) {
    this.#reader = openReader(options.path);
    this.#begin = this.#reader.prepare("BEGIN");
    this.#commit = this.#reader.prepare("COMMIT");
    this.#path = options.path;
    this.#maxWaiting = options.maxWaiting ?? 20_000;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? 256 * 1024 * 1024;
  }

  /**
   * Works through this port from now on: that of a store thread in this state. A failure that is known already stays
   * until a commit has worked.
   */
  attach(port: MessagePort, { queuedMessages, failure }: QueueState): void {
    this.#lost(this.#port);
    if (this.#closed) {
      port.close();
      return;
    }
    this.#port = port;
    this.#queuedMessages = queuedMessages;
    this.#failure = failure ?? this.#failure;
    port.on("message", (answer: FromStore) => this.#answered(answer));
    port.on("close", () => this.#lost(port));
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
    if (this.#closed) return;
    this.#closed = true;
    const port = this.#port;
    if (!port) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onPortClosed = resolve;
    this.#send();
    port.postMessage({ kind: "close" } satisfies ToStore);
    await promise;
  }

  /** Why an operation cannot be taken now. */
  #refusal(bytes: number): StoreUnavailable | undefined {
    if (this.#closed) return new StoreUnavailable(`The store ${this.#path} is closed.`);
    if (!this.#port) return new StoreUnavailable(`The store ${this.#path} has no thread at the moment.`);
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
    if (operations.length === 0 || !this.#port) return;
    this.#toSend = [];
    const { message, transfer } = packOperations(operations);
    this.#port.postMessage(message, transfer);
  }

  #answered({ replies, commits, queuedMessages, failure }: FromStore): void {
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

  /** The store thread has died, or has closed the port because it was asked to. */
  #lost(port: MessagePort | undefined): void {
    if (!port || port !== this.#port) return;
    this.#port = undefined;
    port.close();
    this.#toSend = [];
    this.#waitingBytes = 0;
    if (!this.#closed) this.#failure = DIED;
    for (const waiting of this.#waiting.splice(0))
      waiting.reject(this.#notKept({ detail: DIED, mayBeKept: true }));
    this.#onPortClosed?.();
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
