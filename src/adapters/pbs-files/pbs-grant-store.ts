import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, opendir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Instant } from "../../core/instant.ts";
import type { IpAddress } from "../../core/ip-address.ts";
import { GRANT_CARRY_OVER_MS, type GrantStore } from "../../ports/grant-store.ts";
import type { PopGrant } from "../../relay/facts.ts";
import { errorCode, MAX_ACCOUNTS, readPbsFile, withPbsFile } from "./pbs-file.ts";
import { parsePbsFileName, pbsFileName } from "./pbs-file-name.ts";

const MAX_NAMES = 100_000;

/**
 * POP grants as files `<ip>.pbs` of one folder (SPEC R-22..26). A folder that is missing holds no grants and is made by
 * the first; any other failure rejects, so that the caller knows that it does not know.
 */
export function pbsGrantStore(folder: string): GrantStore {
  const inOrder = oneAfterTheOther();
  const read = (client: IpAddress) => withPbsFile(join(folder, pbsFileName(client)), readPbsFile);
  return {
    async find(client, prefix) {
      if (prefix === 128 || client.version === 4) return read(client);
      let youngest: PopGrant | undefined;
      for await (const name of namesIn(folder)) {
        const other = parsePbsFileName(name);
        const grant = other && sameNetwork(other, client) ? await read(other) : undefined;
        if (grant && grant.loggedInAt > (youngest?.loggedInAt ?? 0)) youngest = grant;
      }
      return youngest;
    },
    async list() {
      const grants: { client: string; grant: PopGrant }[] = [];
      const junk: string[] = [];
      for await (const name of namesIn(folder)) {
        const client = parsePbsFileName(name);
        const grant = client && (await read(client));
        if (client && grant) grants.push({ client: client.text, grant });
        // Names with a dot in front are files being written, here or by other programs.
        else if (!name.startsWith(".")) junk.push(name);
      }
      return { grants: grants.sort((a, b) => (a.client < b.client ? -1 : 1)), junk: junk.sort() };
    },
    allow: (client, account, now) =>
      inOrder(client.text, async () => {
        const before = await read(client);
        const accounts = carriedOver(before, now);
        if (account !== undefined) accounts.add(account.toLowerCase());
        // The newest account stays, whatever the bound.
        await replaceFile(folder, pbsFileName(client), [...accounts].slice(-MAX_ACCOUNTS), now);
      }),
    revoke: (client) =>
      inOrder(client.text, async () => {
        const path = join(folder, pbsFileName(client));
        const found = await withPbsFile(path, async () => true);
        if (found) await unlink(path);
        return found ?? false;
      }),
  };
}

function carriedOver(before: PopGrant | undefined, now: Instant): Set<string> {
  const recent = before !== undefined && now - before.loggedInAt <= GRANT_CARRY_OVER_MS;
  return new Set(recent ? before.accounts : []);
}

/** Whether two IPv6 addresses share their first 64 bits. */
function sameNetwork(a: IpAddress, b: IpAddress): boolean {
  return a.version === b.version && a.words[0] === b.words[0] && a.words[1] === b.words[1];
}

async function* namesIn(folder: string): AsyncIterable<string> {
  let count = 0;
  try {
    for await (const { name } of await opendir(folder, { bufferSize: 1000 })) {
      count += 1;
      if (count > MAX_NAMES)
        throw new Error(`${folder} holds more than ${MAX_NAMES} files; delete old ones.`);
      yield name;
    }
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/**
 * Writes a file beside its place and moves it there, so that nobody reads half of it. It is synced before, since a crash
 * that left it empty would turn a grant to some accounts into one to anybody.
 */
async function replaceFile(
  folder: string,
  name: string,
  lines: readonly string[],
  now: Instant,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  const file = await open(temporary, "wx", 0o640);
  try {
    await write(file, lines, now);
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function write(file: FileHandle, lines: readonly string[], now: Instant): Promise<void> {
  try {
    await file.writeFile(lines.map((line) => `${line}\n`).join(""));
    await file.utimes(new Date(now), new Date(now));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Runs what is asked for one key one after the other: two logins at once must both be remembered. */
function oneAfterTheOther(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, mine);
    const forget = () => {
      if (last.get(key) === mine) last.delete(key);
    };
    mine.then(forget, forget);
    return mine;
  };
}
