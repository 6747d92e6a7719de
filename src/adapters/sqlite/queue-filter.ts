import type { SQLInputValue } from "node:sqlite";
import type { QueueFilter } from "../../ports/queue-store.ts";

/** A condition on `queue`, with the values for its question marks. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** The condition that a filter stands for, without its limit. What the filter holds is bound, never part of the text. */
export function filterCondition(filter: QueueFilter): Condition {
  const parts: string[] = [];
  const values: SQLInputValue[] = [];
  function add(sql: string, value: SQLInputValue | undefined): void {
    if (value === undefined) return;
    parts.push(sql);
    values.push(value);
  }
  add("queue.id IN (SELECT value FROM json_each(?))", filter.ids && JSON.stringify(filter.ids));
  add("queue.lane = ?", filter.lane);
  add("queue.destination = ? COLLATE NOCASE", filter.destination);
  add(`${OF_MESSAGE} AND message.sender = ? COLLATE NOCASE)`, filter.sender);
  add(`${OF_MESSAGE} AND ifnull(message.login, message.account) = ? COLLATE NOCASE)`, filter.login);
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values };
}

const OF_MESSAGE = "EXISTS (SELECT 1 FROM message WHERE message.id = queue.message";
