import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { QueueState } from "../../ports/queue-store.ts";
import { type SqliteStore, StoreClient, type StoreClientOptions } from "./store-client.ts";
import { cannotOpen, type StoreThread, startStoreThread, type ThreadEnd } from "./store-thread.ts";

export interface StoreOptions extends StoreClientOptions, StoreEvents {
  /** The database file; made where it is missing, readable by its owner only. Its folder must be there. */
  readonly path: string;
  /** How long a commit waits for another program that holds the database. */
  readonly busyTimeoutMs?: number;
}

/** What may happen to the store thread by itself. */
export interface StoreEvents {
  /** Called each time the store thread has died or could not be started again; it is tried (again) in `retryAfterMs`. */
  readonly onDown?: (error: Error, retryAfterMs: number) => void;
  /** Called each time the store thread has been started again; operations are taken. */
  readonly onRevived?: () => void;
  /** Called once when this process can write nothing any more (docs/adr/0006-failed-syncs.md): the program should stop. */
  readonly onFailure?: (error: Error) => void;
}

/** Gets a port to the store thread, and how the store is. */
export type GivePort = (port: MessagePort, state: QueueState) => void;

/** The open database, with this thread as its first client. */
export interface OpenStore extends SqliteStore {
  /**
   * Lets another client have operations run. `give` gets a port to the store thread, now and again whenever the thread
   * has been started again, until the returned function is called.
   */
  connect(give: GivePort): () => void;
  /** Lets what is waiting here be committed, then ends the store thread. Other clients must have closed. */
  close(): Promise<void>;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** A thread that has lived so long is not one of those that die at their start. */
const HEALTHY_MS = 60_000;

/**
 * Opens the store: starts its thread, and starts it again whenever it dies. Meanwhile operations are refused with
 * `StoreUnavailable`, and questions are answered.
 * Rejects with `DataNewer` where a later version of the program wrote the database, with `StoreUnavailable` where it
 * cannot be opened.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { path, busyTimeoutMs = 5000 } = options;
  const start = () => startStoreThread({ path, busyTimeoutMs });
  const thread = await start();
  try {
    return new RevivedStore(thread, start, options);
  } catch (error) {
    await thread.kill();
    throw cannotOpen(path, error instanceof Error ? error.message : String(error));
  }
}

class RevivedStore extends StoreClient implements OpenStore {
  readonly #start: () => Promise<StoreThread>;
  readonly #options: StoreOptions;
  readonly #clients = new Set<GivePort>();
  /** The thread that runs now. */
  #thread: StoreThread | undefined;
  /** Why there is none. */
  #down: string | undefined;
  #ending = false;
  #stopWaiting: (() => void) | undefined;
  #backoffMs = FIRST_BACKOFF_MS;
  /** Resolves when there is no thread any more and none will be started. */
  readonly #over: Promise<void>;

  constructor(thread: StoreThread, start: () => Promise<StoreThread>, options: StoreOptions) {
    super(options);
    this.#start = start;
    this.#options = options;
    this.#clients.add((port, state) => this.attach(port, state));
    this.#over = this.#supervise(thread);
  }

  connect(give: GivePort): () => void {
    this.#clients.add(give);
    if (this.#thread) introduce(this.#thread, give, this.state());
    return () => void this.#clients.delete(give);
  }

  override state(): QueueState {
    const state = super.state();
    return this.#down === undefined ? state : { ...state, failure: this.#down };
  }

  override async close(): Promise<void> {
    this.#ending = true;
    this.#stopWaiting?.();
    await super.close();
    this.#thread?.tell({ kind: "end" });
    await this.#over;
  }

  async #supervise(first: StoreThread): Promise<void> {
    for (let thread: StoreThread | undefined = first; thread; thread = await this.#revive()) {
      this.#thread = thread;
      this.#down = undefined;
      for (const give of this.#clients) introduce(thread, give, { queuedMessages: thread.queuedMessages });
      if (thread !== first) this.#options.onRevived?.();
      const { error, gaveUp } = await this.#endOf(thread);
      this.#thread = undefined;
      if (this.#ending) return;
      this.#down = error.message;
      if (gaveUp) return this.#options.onFailure?.(error);
      this.#options.onDown?.(error, this.#backoffMs);
    }
  }

  async #endOf(thread: StoreThread): Promise<ThreadEnd> {
    const healthy = setTimeout(() => {
      this.#backoffMs = FIRST_BACKOFF_MS;
    }, HEALTHY_MS);
    const end = await thread.ended;
    clearTimeout(healthy);
    return end;
  }

  /** Starts a thread, again and again until there is one. `undefined` where the store is being closed. */
  async #revive(): Promise<StoreThread | undefined> {
    for (;;) {
      await this.#wait();
      if (this.#ending) return undefined;
      try {
        const thread = await this.#start();
        if (!this.#ending) return thread;
        await thread.kill();
        return undefined;
      } catch (error) {
        const cause = error instanceof Error ? error : new Error(String(error));
        this.#down = cause.message;
        this.#options.onDown?.(cause, this.#backoffMs);
      }
    }
  }

  async #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#backoffMs);
    this.#stopWaiting = resolve;
    await promise;
    clearTimeout(timer);
    this.#backoffMs = Math.min(2 * this.#backoffMs, MAX_BACKOFF_MS);
  }
}

function introduce(thread: StoreThread, give: GivePort, state: QueueState): void {
  const { port1, port2 } = new MessageChannel();
  thread.tell({ kind: "client", port: port1 });
  give(port2, state);
}
