import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { controlServer } from "../http/control-server.ts";
import { askServer } from "./control-client.ts";

const base = await mkdtemp(join(tmpdir(), "postern-client-"));
after(() => rm(base, { recursive: true }));

let count = 0;
/** A data folder of its own for one test. */
async function dataFolder(): Promise<string> {
  count += 1;
  const dataDir = join(base, String(count));
  await mkdir(join(dataDir, "run"), { recursive: true });
  return dataDir;
}

const COMMAND = { name: "test.echo", input: { a: 1 }, user: "alice" };
const run = async (name: string, input: unknown, actor: string) => ({
  ok: true as const,
  value: [name, input, actor],
});
const failed = () => {};

test("a running server is asked over its socket", async (t) => {
  const dataDir = await dataFolder();
  const server = await controlServer({ path: join(dataDir, "run", "control.sock"), run, failed });
  t.after(() => server.close());
  const answer = await askServer({ ...COMMAND, dataDir });
  assert.deepEqual(answer, { ok: true, value: ["test.echo", { a: 1 }, "cli:alice"] });
  await server.close();
  assert.equal(await askServer({ ...COMMAND, dataDir }), undefined);
});

test("a socket elsewhere is found where the server has written it", async (t) => {
  const dataDir = await dataFolder();
  const path = join(base, "elsewhere.sock");
  await writeFile(join(dataDir, "run", "control.path"), `${path}\n`);
  const server = await controlServer({ path, run, failed });
  t.after(() => server.close());
  assert.equal((await askServer({ ...COMMAND, dataDir }))?.ok, true);
  await server.close();
});

test("a folder without a server, and a leftover of one, are no server", async () => {
  assert.equal(await askServer({ ...COMMAND, dataDir: join(base, "nothing") }), undefined);
  const dataDir = await dataFolder();
  await writeFile(join(dataDir, "run", "control.sock"), "");
  assert.equal(await askServer({ ...COMMAND, dataDir }), undefined);
});

test("a refusal comes through, and what is no answer of ours is told as such", async (t) => {
  const dataDir = await dataFolder();
  const path = join(dataDir, "run", "control.sock");
  const error = { code: "refused" as const, message: "no" };
  const server = await controlServer({ path, run: async () => ({ ok: false, error }), failed });
  t.after(() => server.close());
  assert.deepEqual(await askServer({ ...COMMAND, dataDir }), { ok: false, error });
  await server.close();

  const stranger = createServer((socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]");
  }).listen(path);
  t.after(() => stranger.close());
  const answer = await askServer({ ...COMMAND, dataDir });
  assert.match(answer && !answer.ok ? answer.error.message : "", /not one of a Postern server; see its log/);
});
