import { close, closeSync, open, openSync, read, readSync } from "node:fs";

/** Read in one piece up to this size, and in pieces of this size beyond. */
const PIECE_BYTES = 64 * 1024;

/**
 * Opens a message's file. Its first piece is read here, so that a disk that fails does so before anything has been said.
 * @param octets the size as sent, which the size of the file does not exceed unless somebody has changed the file
 * @returns `undefined` where there is no such file; other failures reject
 */
export async function openMessage(
  path: string,
  octets: number,
): Promise<AsyncIterableIterator<Buffer> | undefined> {
  const small = octets < PIECE_BYTES ? readSmall(path, octets) : undefined;
  if (small) return onePiece(small);
  const file = await openFile(path);
  if (file === undefined) return undefined;
  const first = await readPiece(file).catch((error: unknown) => {
    close(file, ignore);
    throw error;
  });
  return pieces(file, first);
}

/**
 * Reads a small message at once, as the store's tables are read: three system calls, where handing each to another thread
 * costs several times what it does. Such a message has most often just been delivered, and is in memory.
 * @returns `undefined` where it is gone, or larger than it should be
 */
function readSmall(path: string, octets: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const piece = Buffer.allocUnsafe(octets + 1);
    const bytesRead = readSync(file, piece, 0, piece.length, null);
    return bytesRead < piece.length ? piece.subarray(0, bytesRead) : undefined;
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    open(path, "r", (error, file) => {
      if (!error) resolve(file);
      else if (error.code === "ENOENT") resolve(undefined);
      else reject(error);
    });
  });
}

/** Less than {@link PIECE_BYTES} only at the end of the file. */
function readPiece(file: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  return new Promise((resolve, reject) => {
    read(file, piece, 0, PIECE_BYTES, null, (error, bytesRead) =>
      error ? reject(error) : resolve(piece.subarray(0, bytesRead)),
    );
  });
}

async function* onePiece(piece: Buffer): AsyncIterableIterator<Buffer> {
  yield piece;
}

async function* pieces(file: number, first: Buffer): AsyncIterableIterator<Buffer> {
  try {
    for (let piece = first; piece.length > 0; piece = await readPiece(file)) yield piece;
  } finally {
    close(file, ignore);
  }
}

/** Closing a file that was only read loses nothing, whatever it says. */
function ignore(): void {}
