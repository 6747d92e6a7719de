import assert from "node:assert/strict";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { ip } from "../../test/support/relay-facts.ts";
import { testServices } from "../../test/support/smtp-services.ts";
import { waitUntil } from "../../test/support/wait-until.ts";
import { plusMs } from "../core/instant.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import { SmtpConnection } from "./connection.ts";
import type { SmtpServices } from "./session-context.ts";

const LISTENER = { name: "mx", protocol: "smtp", auth: "optional", allowCleartextAuth: false } as const;

/** A session that has been greeted, and the client's end of it. */
function begun(services: SmtpServices) {
  const [client, server] = duplexPair();
  const session = { listener: LISTENER, client: ip("127.0.0.1"), clientIsProxy: false, tls: undefined };
  const upgrade = () => Promise.reject(new Error("not asked for"));
  const connection = new SmtpConnection(server, { ...services, ...session }, upgrade, () => {});
  connection.start();
  return { client, server, connection };
}

test("a client that does not read the last words to it loses its place", async () => {
  const { services } = await testServices();
  const { connection, server } = begun(services);
  const late = plusMs(services.clock(), services.limits.idleTimeoutMs + 1);
  connection.closeIfOverdue(late);
  assert.equal(server.destroyed, false);
  connection.closeIfOverdue(late);
  assert.equal(server.destroyed, true);
});

test("a body that cannot be deleted when its client leaves is noted, and nothing else happens", async () => {
  const { services } = await testServices();
  const noted = Promise.withResolvers<string>();
  const opened = Promise.withResolvers<void>();
  const openBody = () => {
    opened.resolve();
    return { ...services.spool.openBody(), discard: () => Promise.reject(new StoreUnavailable("read-only")) };
  };
  const log = { ...services.log, warn: noted.resolve };
  const { client, connection } = begun({ ...services, log, spool: { ...services.spool, openBody } });
  client.resume();
  client.write("HELO x\r\nMAIL FROM:<a@elsewhere.test>\r\nRCPT TO:<alice@example.test>\r\nBDAT 9\r\nx");
  await opened.promise;
  connection.destroy();
  assert.equal(await noted.promise, "body-not-discarded");
});

test("a client that does not read its replies gets no more of them, and its commands wait unread", async () => {
  const { services } = await testServices({ limits: { maxCommands: 1_000_000 } });
  const { client, server } = begun(services);
  const commands = Buffer.from("NOOP\r\n".repeat(10_000));
  let sent = 0;
  const send = () => {
    while (sent < 100 && !client.writableNeedDrain) {
      sent += 1;
      client.write(commands);
    }
    if (sent < 100) client.once("drain", send);
  };
  send();
  await waitUntil(
    () => "the server reads on",
    async () => (server.isPaused() ? true : undefined),
  );
  assert.ok(sent < 100);
  assert.ok(server.writableLength < 200_000, String(server.writableLength));
  client.resume();
  await waitUntil(
    () => `${sent} of 100 were read`,
    async () => (sent === 100 ? true : undefined),
  );
});

test("a client that pipelines thousands of commands lets others be answered in between", async () => {
  const { services } = await testServices({ limits: { maxCommands: 1_000_000 } });
  const busy = begun(services).client;
  const other = begun(services).client;
  let answered = 0;
  busy.on("data", (chunk: Buffer) => {
    answered += chunk.toString("latin1").split("\n").length - 1;
  });
  await once(other, "readable");
  other.read();
  busy.write("NOOP\r\n".repeat(2000));
  other.write("NOOP\r\n");
  await once(other, "readable");
  assert.match(String(other.read()), /^250 /);
  assert.ok(answered < 2000, `${answered} lines went to the other client first`);
  await waitUntil(
    () => `${answered} of 2001 lines came`,
    async () => (answered === 2001 ? true : undefined),
  );
});

test("a body that comes a few bytes at a time is ended when the time for a block is over", async () => {
  const { services } = await testServices();
  let lateMs = 0;
  const clock = () => plusMs(services.clock(), lateMs);
  const { client, connection } = begun({ ...services, clock });
  let said = "";
  client.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const heard = (words: RegExp) =>
    waitUntil(
      () => said,
      async () => (words.test(said) ? true : undefined),
    );
  client.write("HELO x\r\nMAIL FROM:<a@elsewhere.test>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n");
  await heard(/^354 /m);
  for (let piece = 0; piece < 10; piece += 1) {
    lateMs += services.limits.idleTimeoutMs / 10;
    client.write("x");
    await new Promise((resolve) => setImmediate(resolve));
    connection.closeIfOverdue(clock());
  }
  assert.doesNotMatch(said, /^421 /m);
  lateMs += 1;
  connection.closeIfOverdue(clock());
  await heard(/^421 4\.4\.2 /m);
});

test("what a client still sends after the last words to it is dropped, and its place is free after a moment", async () => {
  const { services } = await testServices({ limits: { maxErrors: 1 } });
  const { client, server, connection } = begun(services);
  client.resume();
  client.write("NONSENSE\r\n");
  await once(client, "end");
  client.write(Buffer.alloc(1_000_000));
  await waitUntil(
    () => "what came was not read",
    async () => (client.writableLength === 0 ? true : undefined),
  );
  assert.equal(server.destroyed, false);
  connection.closeIfOverdue(plusMs(services.clock(), 2001));
  assert.equal(server.destroyed, true);
});
