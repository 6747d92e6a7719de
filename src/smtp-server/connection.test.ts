import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { memoryConnection } from "../../test/support/memory-connection.ts";
import { ip } from "../../test/support/relay-facts.ts";
import { testServices } from "../../test/support/smtp-services.ts";
import { plusMs } from "../core/instant.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import { SmtpConnection } from "./connection.ts";

const LISTENER = { name: "mx", protocol: "smtp", auth: "optional", allowCleartextAuth: false } as const;

test("a client that does not read the last words to it loses its place", async () => {
  const { services } = await testServices();
  const [, server] = duplexPair();
  const context = { ...services, listener: LISTENER, client: ip("127.0.0.1"), clientIsProxy: false };
  const upgrade = () => Promise.reject(new Error("not asked for"));
  const closed = Promise.withResolvers<void>();
  const connection = new SmtpConnection(server, { ...context, tls: undefined }, upgrade, closed.resolve);
  connection.start();
  const now = services.clock();
  connection.closeIfOverdue(plusMs(now, services.limits.idleTimeoutMs + 1));
  assert.equal(server.destroyed, false);
  connection.closeIfOverdue(plusMs(now, services.limits.idleTimeoutMs + 60_000));
  assert.equal(server.destroyed, true);
  await closed.promise;
});

test("a body that cannot be deleted when its client leaves is noted, and nothing else happens", async () => {
  const { services } = await testServices();
  const noted = Promise.withResolvers<string>();
  const log = { ...services.log, warn: noted.resolve };
  const openBody = () => ({
    ...services.spool.openBody(),
    discard: () => Promise.reject(new StoreUnavailable("read-only")),
  });
  const duplex = memoryConnection({ ...services, log, spool: { ...services.spool, openBody } }, LISTENER);
  await duplex.receiveLine();
  for (const line of [
    "HELO client.test",
    "MAIL FROM:<a@elsewhere.test>",
    "RCPT TO:<alice@example.test>",
    "DATA",
  ]) {
    duplex.send(Buffer.from(`${line}\r\n`));
    await duplex.receiveLine();
  }
  duplex.close();
  assert.equal(await noted.promise, "body-not-discarded");
});
