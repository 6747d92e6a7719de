import type { PostedOperation, ToStore } from "./store-messages.ts";

/** An operation as it was asked for. */
export interface AskedOperation {
  readonly name: string;
  readonly input: unknown;
  readonly bytes: Uint8Array | undefined;
}

// From here on handing a buffer over costs less than copying it.
const TRANSFER_FROM_BYTES = 65_536;

/**
 * Makes one message of operations. A large run of bytes that is alone in its buffer is handed over, which empties it
 * here; all others are copied into one buffer. Left in its place, a view into Node's shared pool of small
 * buffers would have the whole pool copied.
 */
export function packOperations(operations: readonly AskedOperation[]): {
  message: ToStore;
  transfer: ArrayBuffer[];
} {
  const transfer: ArrayBuffer[] = [];
  const packed = new Uint8Array(packedBytes(operations));
  let from = 0;
  const posted = operations.map(({ name, input, bytes }): PostedOperation => {
    if (!bytes) return { name, input, bytes };
    const whole = wholeBuffer(bytes);
    if (whole) {
      transfer.push(whole);
      return { name, input, bytes };
    }
    packed.set(bytes, from);
    const to = from + bytes.byteLength;
    const place = { from, to };
    from = to;
    return { name, input, bytes: place };
  });
  if (from > 0) transfer.push(packed.buffer);
  return { message: { kind: "run", operations: posted, packed: from > 0 ? packed : undefined }, transfer };
}

function packedBytes(operations: readonly AskedOperation[]): number {
  let sum = 0;
  for (const { bytes } of operations) {
    if (bytes && !wholeBuffer(bytes)) sum += bytes.byteLength;
  }
  return sum;
}

/** The buffer of bytes that fill it and are worth handing over. */
function wholeBuffer(bytes: Uint8Array): ArrayBuffer | undefined {
  const { buffer } = bytes;
  const alone = bytes.byteLength >= TRANSFER_FROM_BYTES && bytes.byteLength === buffer.byteLength;
  return alone && buffer instanceof ArrayBuffer ? buffer : undefined;
}
