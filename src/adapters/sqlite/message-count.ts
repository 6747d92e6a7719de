import type { DatabaseSync } from "node:sqlite";
import { integer } from "./columns.ts";

/** The number of queued messages, as the database keeps it in a row of its own. */
export interface MessageCount {
  /** What the last commit left. */
  read(): number;
  /** Adds to it, within the transaction that adds or deletes the messages. */
  add(change: number): void;
}

/** The count on the writing connection. */
export function messageCount(db: DatabaseSync): MessageCount {
  const read = db.prepare("SELECT messages FROM message_count");
  const add = db.prepare("UPDATE message_count SET messages = messages + ?");
  return {
    read: () => integer(read.get()?.["messages"]),
    add: (change) => void add.run(change),
  };
}
