import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { wireSize } from "../../protocol/pop3/message-encoder.ts";

/** The file in a Maildir that remembers the sizes of messages whose names do not tell them. */
const FILE = "postern-sizes";
const HEAD = "postern-sizes 1";
const LINE = /^(\d{1,15}) (.+)$/;
/** More than any honest one; it would be made anew. */
const MAX_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 64 * 1024;

/** Sizes as sent, by key. */
export type SizeIndex = ReadonlyMap<string, number>;

/** Reads the index. One that is missing, too large or not of the form is empty: sizes are counted again then. */
export async function readSizeIndex(maildir: string): Promise<SizeIndex> {
  const text = await readFile(join(maildir, FILE), "utf8").catch(() => "");
  const [head, ...lines] = text.length > MAX_BYTES ? [] : text.split("\n");
  const sizes = new Map<string, number>();
  if (head !== HEAD) return sizes;
  for (const line of lines) {
    const match = LINE.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) sizes.set(match[2], Number(match[1]));
  }
  return sizes;
}

/**
 * Replaces the index: written beside its place, synced and moved there, so that nobody reads half of it.
 * @throws where the disk does not take it; the old one stays then
 */
export async function writeSizeIndex(maildir: string, sizes: SizeIndex): Promise<void> {
  const temporary = join(maildir, "tmp", `${FILE}.${process.pid}`);
  const lines = [HEAD];
  // A name with a line end in it would be two lines: it is counted each time.
  for (const [key, octets] of sizes) if (!/[\r\n]/.test(key)) lines.push(`${octets} ${key}`);
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(`${lines.join("\n")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(maildir, FILE));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Reads a message through and counts its octets as sent; `undefined` where it is gone. */
export async function countWireSize(path: string): Promise<number | undefined> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const size = wireSize();
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return size.total();
      size.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
