import { Worker } from "node:worker_threads";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { DataNewer } from "./database.ts";
import type { FromStoreThread, StoreThreadData, ToStoreThread } from "./store-messages.ts";

/** A store thread that runs and has opened the database. */
export interface StoreThread {
  /** Messages in the queue when it opened the database. */
  readonly queuedMessages: number;
  tell(message: ToStoreThread): void;
  /** Resolves when it has ended and its connection is closed. Never rejects. */
  readonly ended: Promise<ThreadEnd>;
  /** Ends it in the middle of what it does. */
  kill(): Promise<void>;
}

/** How a store thread ended. */
export interface ThreadEnd {
  readonly error: Error;
  /** It said itself that nothing may be written any more by this process (docs/adr/0006-failed-syncs.md). */
  readonly gaveUp: boolean;
}

/**
 * Starts the store thread, which makes or migrates the database.
 * Rejects with {@link DataNewer} where a later version of the program wrote it, with {@link StoreUnavailable} where it
 * cannot be opened.
 */
export async function startStoreThread(workerData: StoreThreadData): Promise<StoreThread> {
  const { path } = workerData;
  // Compiled, this file and the worker end in .js.
  const entry = import.meta.url.endsWith(".ts") ? "./store-worker.ts" : "./store-worker.js";
  const worker = new Worker(new URL(entry, import.meta.url), { name: "store", workerData });
  const ended = endOf(worker);
  const start = new Promise<FromStoreThread>((resolve) => worker.once("message", resolve));
  const answer = await Promise.race([start, ended.then(({ error }) => error)]);
  if (answer instanceof Error) throw cannotOpen(path, answer.message);
  if (answer.kind === "data-newer") throw new DataNewer(path, answer.found, answer.supported);
  if (answer.kind !== "ready") throw cannotOpen(path, answer.detail);
  return {
    queuedMessages: answer.queuedMessages,
    tell: (message) => worker.postMessage(message, message.kind === "client" ? [message.port] : []),
    ended,
    async kill() {
      await worker.terminate();
    },
  };
}

/** Resolves at the exit and not at the error before it: only then is the thread's connection closed. */
function endOf(worker: Worker): Promise<ThreadEnd> {
  return new Promise((resolve) => {
    let cause: string | undefined;
    let gaveUp = false;
    worker.on("message", (answer: FromStoreThread) => {
      if (answer.kind !== "gave-up") return;
      gaveUp = true;
      cause = answer.detail;
    });
    worker.on("error", (error) => {
      cause = error instanceof Error ? error.message : String(error);
    });
    worker.once("exit", (code) => {
      const detail = cause ?? `exit code ${code}`;
      resolve({ error: new Error(`The store thread ended by itself (${detail}).`), gaveUp });
    });
  });
}

/** The database cannot be used: what is wrong, and what to do. */
export function cannotOpen(path: string, detail: string): StoreUnavailable {
  return new StoreUnavailable(
    `The database ${path} cannot be opened: ${detail}. See that its folder exists and that this program may write there.`,
  );
}
