import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ALICE, type SetUpPostern } from "../support/postern-server.ts";
import { waitUntil } from "../support/wait-until.ts";
import { databaseFaults, keptRows } from "./kept-rows.ts";
import type { Copy } from "./ledger.ts";
import { readMark } from "./marked-message.ts";

/** What a server that was left alone has made of its data folder. */
export interface Settled {
  /** The mailbox's copies; their files are gone afterwards. */
  readonly copies: readonly Copy[];
  /** Leftovers, faults of the database, a server that did not end well. */
  readonly problems: readonly string[];
}

const QUEUE_EMPTY_WITHIN_MS = 60_000;

/** Runs the server until nothing is queued, ends it by SIGTERM, and looks at all that it leaves. */
export async function settle(folder: SetUpPostern): Promise<Settled> {
  const server = await folder.serve();
  const problems: string[] = [];
  try {
    await untilQueueIsEmpty(folder.dataFolder);
  } catch (error) {
    problems.push(`unfinished: ${String(error)}`);
  } finally {
    const { code } = await server.end();
    if (code !== 0) problems.push(`the server ended with ${code}`);
  }
  problems.push(...(await leftovers(folder.dataFolder)), ...databaseFaults(folder.dataFolder));
  const { copies, strangers } = await emptyMailbox(mailboxOf(folder.dataFolder));
  return { copies, problems: [...problems, ...strangers] };
}

/** Waits until the server has nothing left to do; rejects with the number of rows when time is up. */
export async function untilQueueIsEmpty(dataFolder: string): Promise<void> {
  const empty = async () => (keptRows(dataFolder).queued === 0 ? true : undefined);
  await waitUntil(() => `${keptRows(dataFolder).queued} rows are still queued`, empty, QUEUE_EMPTY_WITHIN_MS);
}

function mailboxOf(dataFolder: string): string {
  return join(dataFolder, "Postoffices", "example", ALICE.user, "Maildir", "new");
}

async function leftovers(dataFolder: string): Promise<string[]> {
  const { messages, bodies } = keptRows(dataFolder);
  const files = await namesIn(join(dataFolder, "Spool"));
  const temporary = await namesIn(join(dirname(mailboxOf(dataFolder)), "tmp"));
  return [
    ...files.map((name) => `left over: body file ${name}`),
    ...temporary.map((name) => `left over: ${name} in the Maildir's tmp`),
    ...(messages + bodies > 0
      ? [`left over: ${messages} messages and ${bodies} bodies in the database`]
      : []),
  ];
}

async function emptyMailbox(folder: string): Promise<{ copies: Copy[]; strangers: string[] }> {
  const copies: Copy[] = [];
  const strangers: string[] = [];
  for (const name of await namesIn(folder)) {
    const file = join(folder, name);
    const mark = readMark(await readFile(file));
    if (mark) copies.push({ ...mark, place: mark.isReport ? "report" : "mailbox" });
    else strangers.push(`unexpected: ${name} in the mailbox has no mark`);
    await rm(file);
  }
  return { copies, strangers };
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
