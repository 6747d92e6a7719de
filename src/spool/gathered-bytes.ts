/** Bytes gathered in memory piece by piece. */
export interface GatheredBytes {
  /** Takes a copy of the piece; says how many bytes of memory that has cost. */
  add(piece: Buffer): number;
  /** All that has been added. May share memory with what is gathered: nothing must be added afterwards. */
  bytes(): Buffer;
}

// Our Received field and a message of 4 KiB, without a second buffer.
const FIRST_BYTES = 8192;

/**
 * Gathers in one buffer that doubles when it is full. A buffer for each piece would cost a hundred bytes and more for every
 * byte of a client that sends one at a time.
 */
export function gatheredBytes(): GatheredBytes {
  let buffer = Buffer.alloc(0);
  let length = 0;
  return {
    add(piece) {
      const needed = length + piece.length;
      const before = buffer.length;
      if (needed > before) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * before, FIRST_BYTES));
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
      }
      length += piece.copy(buffer, length);
      return buffer.length - before;
    },
    bytes: () => buffer.subarray(0, length),
  };
}
