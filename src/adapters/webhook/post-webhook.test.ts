import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { postWebhook } from "./post-webhook.ts";

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const bound = server.address();
  assert.ok(bound && typeof bound === "object");
  return `http://127.0.0.1:${bound.port}/hook?key=1`;
}

test("the JSON is posted to the very address", async (t) => {
  const seen = Promise.withResolvers<string>();
  const url = await serve(t, (request, response) => {
    void text(request).then((body) => {
      seen.resolve(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
      response.writeHead(204).end();
    });
  });
  assert.deepEqual(await postWebhook(url, { event: "x" }), { ok: true, value: undefined });
  assert.equal(await seen.promise, 'POST /hook?key=1 application/json {"event":"x"}');
});

test("an error, a redirect and a closed port are failures in words, and nothing rejects", async (t) => {
  const failing = await serve(t, (_, response) => void response.writeHead(503).end());
  assert.deepEqual(await postWebhook(failing, {}), { ok: false, error: "it answered 503" });
  const moved = await serve(
    t,
    (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  );
  assert.equal((await postWebhook(moved, {})).ok, false);
  assert.equal((await postWebhook("http://127.0.0.1:1/", {})).ok, false);
});
