import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, type TestContext, test } from "node:test";
import { type ControlServerOptions, controlServer } from "./control-server.ts";

const folder = await mkdtemp(join(tmpdir(), "postern-control-"));
after(() => rm(folder, { recursive: true }));

interface Ask {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** Sends one request and gives status and parsed body. */
function ask(
  socketPath: string,
  { path = "/v1/test.echo", method = "POST", body = "{}", headers = {} }: Ask,
) {
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, headers }, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode, body: JSON.parse(body) }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

let count = 0;
/** A server of its own for one test, which ends with it. */
async function serve(
  t: TestContext,
  run: ControlServerOptions["run"],
  failed: ControlServerOptions["failed"] = () => {},
) {
  count += 1;
  const path = join(folder, `${count}.sock`);
  const server = await controlServer({ path, run, failed });
  t.after(() => server.close());
  return { path, server };
}

test("a use case is run with its input and the user that asked, and its answer comes back", async (t) => {
  const { path, server } = await serve(t, async (name, input, actor) => ({
    ok: true,
    value: { name, input, actor },
  }));
  const answer = await ask(path, { body: '{"a":1}', headers: { "x-postern-user": "alice" } });
  assert.deepEqual(answer, {
    status: 200,
    body: { ok: true, value: { name: "test.echo", input: { a: 1 }, actor: "cli:alice" } },
  });
  const forged = await ask(path, { headers: { "x-postern-user": "a b\u00e9" } });
  assert.match(JSON.stringify(forged.body), /"cli:unknown"/);
  await server.close();
});

test("a refusal comes back whole", async (t) => {
  const refusal = { code: "invalid-input" as const, message: "no", problems: [{ path: "a", message: "b" }] };
  const { path, server } = await serve(t, async () => ({ ok: false, error: refusal }));
  assert.deepEqual((await ask(path, {})).body, { ok: false, error: refusal });
  await server.close();
});

test("a fault is told to the log and not to the client", async (t) => {
  const faults: unknown[] = [];
  const { path, server } = await serve(
    t,
    async () => {
      throw new Error("secret detail");
    },
    (name, error) => faults.push([name, error]),
  );
  const answer = await ask(path, {});
  assert.equal(answer.status, 500);
  assert.doesNotMatch(JSON.stringify(answer.body), /secret/);
  assert.deepEqual(faults, [["test.echo", new Error("secret detail")]]);
  await server.close();
});

test("what is no command is refused without running anything", async (t) => {
  const { path, server } = await serve(t, async () => assert.fail("it was run"));
  assert.equal((await ask(path, { path: "/v1/../etc" })).status, 404);
  assert.equal((await ask(path, { path: "/" })).status, 404);
  assert.equal((await ask(path, { method: "GET", body: "" })).status, 405);
  assert.equal((await ask(path, { body: "{" })).status, 400);
  assert.equal((await ask(path, { body: `"${"x".repeat(1024 * 1024)}"` })).status, 413);
  await server.close();
});

test("the socket is its owner's alone, a leftover one is replaced, and it goes with the server", async (t) => {
  await writeFile(join(folder, `${count + 1}.sock`), "a leftover");
  const { path, server } = await serve(t, async () => ({ ok: true, value: null }));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual((await ask(path, {})).body, { ok: true, value: null });
  await server.close();
  await assert.rejects(ask(path, {}), { code: "ENOENT" });
});

test("closing waits for the command that is under way", async (t) => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const { path, server } = await serve(t, async () => {
    started.resolve();
    await finish.promise;
    return { ok: true, value: "done" };
  });
  const answer = ask(path, {});
  await started.promise;
  const closed = server.close();
  finish.resolve();
  assert.deepEqual((await answer).body, { ok: true, value: "done" });
  await closed;
});
