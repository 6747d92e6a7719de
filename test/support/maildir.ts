import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntil } from "./wait-until.ts";

/** The new mail in a Maildir, which may not have been made yet. */
export interface Maildir {
  /** How many messages there are. */
  count(): Promise<number>;
  /** Every message, in the order in which they were accepted. */
  messages(): Promise<Buffer[]>;
  /** Waits for that many messages and gives all that are there. */
  waitForMessages(count: number, withinMs?: number): Promise<Buffer[]>;
  /** Waits for a message that matches and gives it as latin1, which has one character for each byte. */
  waitForMessage(pattern: RegExp, withinMs?: number): Promise<string>;
}

/** Looks into the Maildir in that folder. */
export function maildir(folder: string): Maildir {
  const fresh = join(folder, "new");
  const names = async (): Promise<string[]> => (await readdir(fresh).catch((): string[] => [])).sort();
  const messages = async () => Promise.all((await names()).map((name) => readFile(join(fresh, name))));
  return {
    count: async () => (await names()).length,
    messages,
    waitForMessages: async (count, withinMs) => {
      let seen = 0;
      const enough = async () => {
        seen = (await names()).length;
        return seen >= count ? true : undefined;
      };
      await waitUntil(() => `${seen} of ${count} messages have come to ${folder}`, enough, withinMs);
      return messages();
    },
    waitForMessage: (pattern, withinMs) => {
      const find = async () =>
        (await messages()).map((bytes) => bytes.toString("latin1")).find((text) => pattern.test(text));
      return waitUntil(() => `no message in ${folder} matches ${pattern}`, find, withinMs);
    },
  };
}
