/** What the main thread sends to the store thread. */
export type ToStore =
  | {
      readonly kind: "run";
      readonly operations: readonly PostedOperation[];
      /** The small bodies of all operations, one after the other: one buffer to hand over rather than many. */
      readonly packed: Uint8Array | undefined;
    }
  | { readonly kind: "close" };

/** One operation: its name, its arguments, and where its bytes are in the packed buffer. */
export interface PostedOperation {
  readonly name: string;
  readonly input: unknown;
  readonly bytes: { readonly from: number; readonly to: number } | undefined;
}

/** What the store thread sends back. */
export type FromStore =
  | { readonly kind: "ready"; readonly queuedMessages: number }
  | { readonly kind: "data-newer"; readonly found: number; readonly supported: number }
  | { readonly kind: "not-opened"; readonly detail: string }
  /** The end of one batch: replies in the order in which the operations were sent. */
  | {
      readonly kind: "replies";
      readonly replies: readonly Reply[];
      readonly commits: number;
      readonly queuedMessages: number;
      /** Why the database itself could not be written. */
      readonly failure?: string;
    }
  /** The last words: the database must not be written on before it has been opened anew by a new process (ADR 6). */
  | { readonly kind: "gave-up"; readonly detail: string };

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
