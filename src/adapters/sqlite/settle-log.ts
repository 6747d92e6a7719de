import { closeSync, existsSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";

const PIECE_BYTES = 1024 * 1024;

/**
 * Writes a database's log over itself and syncs it, before SQLite reads it after a crash. A sync that failed leaves pages
 * in the kernel's cache that look clean and are not on the disk. SQLite would take the commits in them for good and put
 * new ones behind them; a power cut would then take all of them, also those that were acknowledged. Once written anew
 * they are on the disk like the rest. Where there is no log nothing is done. Throws what the file system throws.
 */
export function settleLog(databasePath: string): void {
  const path = `${databasePath}-wal`;
  if (!existsSync(path)) return;
  const file = openSync(path, "r+");
  try {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    let at = 0;
    for (let bytes = readSync(file, piece, 0, piece.length, at); bytes > 0; ) {
      at += writeSync(file, piece, 0, bytes, at);
      bytes = readSync(file, piece, 0, piece.length, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
