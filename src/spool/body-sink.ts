import type { BodyStore, BodyWriter } from "../ports/body-store.ts";
import type { Body } from "../ports/queue-store.ts";

/**
 * Takes a body as it arrives. Up to a bound it is gathered in memory and will lie in the store's row; beyond, all of it goes to a
 * file as it comes, so that memory stays constant however large the message is.
 */
export interface BodySink {
  /** Returns a promise only when the disk has to be waited for. The chunk may be a view; it is copied if it is kept. */
  write(chunk: Buffer): Promise<void> | undefined;
  /** Bytes taken so far. */
  readonly size: number;
  /** The beginning of the body: all of the header, unless that is larger than the bound. */
  head(): Buffer;
  /** Ends the body; a file is synced with its folder when this resolves. */
  finish(): Promise<Body>;
  /** Forgets the body; doing so twice does no harm. */
  discard(): Promise<void>;
}

/** Makes a sink; `inlineMaxBytes` is the bound between row and file. */
export function bodySink(bodies: BodyStore, inlineMaxBytes: number): BodySink {
  const kept: Buffer[] = [];
  let size = 0;
  let file: BodyWriter | undefined;
  let head: Buffer | undefined;
  let moving: Promise<void> | undefined;

  async function moveToFile(): Promise<void> {
    head = Buffer.concat(kept);
    kept.length = 0;
    file = await bodies.create();
    await file.write(head);
  }

  return {
    get size() {
      return size;
    },
    write(chunk) {
      size += chunk.length;
      if (file) return file.write(chunk);
      kept.push(Buffer.from(chunk));
      if (size <= inlineMaxBytes) return undefined;
      moving = moveToFile();
      return moving;
    },
    head: () => head ?? Buffer.concat(kept),
    async finish() {
      if (!file) return { kind: "inline", bytes: Buffer.concat(kept) };
      await file.commit();
      return { kind: "file", name: file.name };
    },
    async discard() {
      // A client may leave while its file is being made: the file is waited for, or nobody would delete it. That it could
      // not be made has been told to the writer.
      await moving?.catch(() => undefined);
      const opened = file;
      file = undefined;
      kept.length = 0;
      await opened?.discard();
    },
  };
}
