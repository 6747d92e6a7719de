import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { ip } from "../../test/support/relay-facts.ts";
import { testServices } from "../../test/support/smtp-services.ts";
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
