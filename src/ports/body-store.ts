/** Bodies that are too large for a row: files in the spool folder, synced with their folder before the row is. */
export interface BodyStore {
  /** Opens a new file of its own name. */
  create(): Promise<BodyWriter>;
  /** Reads a kept body in chunks. */
  read(name: string): AsyncIterable<Uint8Array>;
  /** Deletes; a name that is not there is no error. */
  remove(name: string): Promise<void>;
  /** All names in the folder, for recovery. */
  list(): Promise<string[]>;
}

/** A body being received. Exactly one of `commit` and `discard` ends it. */
export interface BodyWriter {
  readonly name: string;
  write(chunk: Uint8Array): Promise<void>;
  /** Syncs the file and its folder. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}
