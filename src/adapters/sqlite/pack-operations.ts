import type { PostedOperation, ToStore } from "./store-messages.ts";

/** An operation as it was asked for. */
export interface AskedOperation {
  readonly name: string;
  readonly input: unknown;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Makes one message of operations. All their bytes are copied into one buffer, which is handed over: left in its place, a
 * view into Node's shared pool of small buffers would have the whole pool copied, and a buffer that is handed over
 * itself would be empty for a caller who still reads it.
 */
export function packOperations(operations: readonly AskedOperation[]): {
  message: ToStore;
  transfer: ArrayBuffer[];
} {
  const packed = new Uint8Array(operations.reduce((sum, { bytes }) => sum + (bytes?.byteLength ?? 0), 0));
  let from = 0;
  const posted = operations.map(({ name, input, bytes }): PostedOperation => {
    if (!bytes) return { name, input, bytes: undefined };
    packed.set(bytes, from);
    const to = from + bytes.byteLength;
    const place = { from, to };
    from = to;
    return { name, input, bytes: place };
  });
  const message: ToStore = { kind: "run", operations: posted, packed: from > 0 ? packed : undefined };
  return { message, transfer: from > 0 ? [packed.buffer] : [] };
}
