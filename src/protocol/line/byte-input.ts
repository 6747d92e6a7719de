import type { InputCursor } from "./input-cursor.ts";

/** Makes events of the bytes at a cursor: one, or `undefined` when the chunk is used up. */
export interface EventReader<Event> {
  read(cursor: InputCursor): Event | undefined;
}

/**
 * The receiving side of a session: chunks in, events out. Nothing is read ahead, so the session may answer one event and
 * change the reader before it asks for the next: bytes that were pipelined behind a command wait unread.
 */
export interface ByteInput<Event> {
  /** Takes bytes as they came from the socket. They must not change afterwards: events hold parts of them. */
  push(chunk: Buffer): void;
  /** The next event of the reader, or `undefined` until more is pushed. */
  next(reader: EventReader<Event>): Event | undefined;
  /** Drops all that has been pushed and not been read; says how many bytes that was. */
  clear(): number;
  /** Bytes pushed and not yet read. */
  readonly unread: number;
}

const NOTHING = Buffer.alloc(0);

/** Makes an empty one. */
export function byteInput<Event>(): ByteInput<Event> {
  const cursor: InputCursor = { chunk: NOTHING, at: 0 };
  const waiting: Buffer[] = [];
  let nextWaiting = 0;
  let waitingBytes = 0;

  function nextChunk(): boolean {
    const chunk = waiting[nextWaiting];
    nextWaiting += 1;
    // Not `shift`: a client that sends byte by byte would make it move a long list each time.
    if (nextWaiting >= waiting.length) {
      waiting.length = 0;
      nextWaiting = 0;
    }
    cursor.chunk = chunk ?? NOTHING;
    cursor.at = 0;
    waitingBytes -= cursor.chunk.length;
    return chunk !== undefined;
  }

  function unread(): number {
    return waitingBytes + cursor.chunk.length - cursor.at;
  }

  return {
    push(chunk) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
    },
    next(reader) {
      for (;;) {
        const event = reader.read(cursor);
        if (event !== undefined || !nextChunk()) return event;
      }
    },
    clear() {
      const dropped = unread();
      waiting.length = 0;
      nextWaiting = 0;
      waitingBytes = 0;
      cursor.chunk = NOTHING;
      cursor.at = 0;
      return dropped;
    },
    get unread() {
      return unread();
    },
  };
}
