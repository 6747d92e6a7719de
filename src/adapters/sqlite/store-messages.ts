import type { MessagePort } from "node:worker_threads";

/** What the thread that starts the store thread tells it. */
export type ToStoreThread =
  /** Somebody else who has operations run; they come through the port. */
  | { readonly kind: "client"; readonly port: MessagePort }
  /** Close the database and end. Sent when every client has closed. */
  | { readonly kind: "end" };

/** What the store thread tells the thread that started it. */
export type FromStoreThread =
  | { readonly kind: "ready"; readonly queuedMessages: number }
  | { readonly kind: "data-newer"; readonly found: number; readonly supported: number }
  | { readonly kind: "not-opened"; readonly detail: string }
  /** The last words: the database must not be written on before it has been opened anew by a new process (ADR 6). */
  | { readonly kind: "gave-up"; readonly detail: string };

/** What a client sends through its port. */
export type ToStore =
  | {
      readonly kind: "run";
      readonly operations: readonly PostedOperation[];
      /** The small bodies of all operations, one after the other: one buffer to hand over rather than many. */
      readonly packed: Uint8Array | undefined;
    }
  /** Nothing comes after this: the port is closed when what came before has been answered. */
  | { readonly kind: "close" };

/** One operation: its name, its arguments, and where its bytes are in the packed buffer. */
export interface PostedOperation {
  readonly name: string;
  readonly input: unknown;
  readonly bytes: { readonly from: number; readonly to: number } | undefined;
}

/** What the store thread sends each client after each batch, also one that had nothing in it. */
export interface FromStore {
  /** For the operations of this client, in the order in which they were sent. */
  readonly replies: readonly Reply[];
  readonly commits: number;
  readonly queuedMessages: number;
  /** Why the database itself could not be written. */
  readonly failure?: string;
}

/** What became of one operation. */
export type Reply =
  | { readonly done: true; readonly value: unknown }
  | {
      readonly done: false;
      readonly detail: string;
      readonly full?: boolean;
      readonly mayBeKept?: boolean;
    };

/** What the store thread is started with. */
export interface StoreThreadData {
  readonly path: string;
  readonly busyTimeoutMs: number;
}
