import type { BodyStore, BodyWriter } from "../ports/body-store.ts";
import type { Body } from "../ports/queue-store.ts";
import { type GatheredBytes, gatheredBytes } from "./gathered-bytes.ts";
import type { MemoryBudget } from "./memory-budget.ts";

/**
 * Takes a body as it arrives. Up to a bound it is gathered in memory and will lie in the store's row; beyond, all of it goes to a
 * file as it comes, so that memory stays constant however large the message is.
 */
export interface BodySink {
  /** Returns a promise only when the disk has to be waited for. The chunk may be a view; it is copied if it is kept. */
  write(chunk: Buffer): Promise<void> | undefined;
  /** Bytes taken so far. */
  readonly size: number;
  /** The beginning of the body: all of the header, unless that is very large or memory is short. */
  head(): Buffer;
  /** Ends the body; a file is synced with its folder when this resolves. */
  finish(): Promise<Body>;
  /** Forgets the body; doing so twice does no harm. */
  discard(): Promise<void>;
}

/** Of a body that goes to a file, so much stays at hand for {@link BodySink.head}. */
const HEAD_BYTES = 64 * 1024;

/**
 * Makes a sink; `inlineMaxBytes` is the bound between row and file. A body goes to a file earlier when all sinks of one
 * `budget` together hold too much: many clients at once cost disk then, not memory.
 */
export function bodySink(bodies: BodyStore, inlineMaxBytes: number, budget: MemoryBudget): BodySink {
  let gathered: GatheredBytes | undefined = gatheredBytes();
  let head = NOTHING;
  let size = 0;
  let heldBytes = 0;
  let file: BodyWriter | undefined;
  let moving: Promise<void> | undefined;

  function hold(bytes: number): boolean {
    heldBytes += bytes;
    return budget.take(bytes);
  }

  function letGo(): void {
    gathered = undefined;
    budget.give(heldBytes);
    heldBytes = 0;
  }

  async function moveToFile(body: Buffer): Promise<void> {
    file = await bodies.create();
    await file.write(body);
    head = Buffer.from(body.subarray(0, HEAD_BYTES));
    letGo();
    hold(head.length);
  }

  return {
    get size() {
      return size;
    },
    write(chunk) {
      size += chunk.length;
      if (!gathered) return file?.write(chunk);
      const fits = hold(gathered.add(chunk));
      if (fits && size <= inlineMaxBytes) return undefined;
      moving = moveToFile(gathered.bytes());
      return moving;
    },
    head: () => gathered?.bytes() ?? head,
    async finish() {
      const bytes = gathered?.bytes() ?? NOTHING;
      letGo();
      if (!file) return { kind: "inline", bytes };
      await file.commit();
      return { kind: "file", name: file.name };
    },
    async discard() {
      // A client may leave while its file is being made: the file is waited for, or nobody would delete it. That it could
      // not be made has been told to the writer.
      await moving?.catch(() => undefined);
      letGo();
      const opened = file;
      file = undefined;
      await opened?.discard();
    },
  };
}

const NOTHING = Buffer.alloc(0);
