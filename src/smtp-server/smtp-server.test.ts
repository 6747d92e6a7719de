import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { entry, policy } from "../../test/support/relay-facts.ts";
import { testServices } from "../../test/support/smtp-services.ts";
import { openTcpDuplex } from "../../test/support/tcp-duplex.ts";
import { plusMs } from "../core/instant.ts";
import { parseIpRange } from "../core/ip-range.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import type { SmtpServices } from "./session-context.ts";
import { type SmtpServerOptions, startSmtpServer } from "./smtp-server.ts";

const LISTENER = {
  name: "mx",
  protocol: "smtp",
  auth: "optional",
  allowCleartextAuth: false,
  address: "127.0.0.1",
  port: 0,
  trustedProxies: [],
} as const;

async function started(t: TestContext, more: Partial<SmtpServerOptions> = {}, services?: SmtpServices) {
  const server = await startSmtpServer({
    services: services ?? (await testServices()).services,
    listeners: [LISTENER],
    secureContext: () => undefined,
    maxConnections: 10,
    maxConnectionsPerClient: 5,
    handshakeTimeoutMs: 5000,
    ...more,
  });
  t.after(() => server.drain(0));
  const port = server.listening[0]?.port ?? 0;
  const open = async () => {
    const duplex = await openTcpDuplex({ port });
    t.after(() => duplex.close());
    return duplex;
  };
  return { server, open };
}

async function say(
  duplex: Awaited<ReturnType<typeof openTcpDuplex>>,
  line: string,
): Promise<string | undefined> {
  await duplex.send(Buffer.from(`${line}\r\n`));
  return duplex.receiveLine();
}

/** Loopback as a trusted proxy. */
function proxied() {
  const range = parseIpRange("127.0.0.1");
  assert.ok(range.ok);
  return { listeners: [{ ...LISTENER, trustedProxies: [range.value] }] };
}

describe("bounds", () => {
  test("a client over its number of connections gets 421, and a place that is given up can be taken", async (t) => {
    const { open } = await started(t, { maxConnectionsPerClient: 1 });
    const first = await open();
    assert.match((await first.receiveLine()) ?? "", /^220/);
    const second = await open();
    assert.match((await second.receiveLine()) ?? "", /^421 4\.7\.0/);
    assert.equal(await second.receiveLine(), undefined);
    assert.match((await say(first, "QUIT")) ?? "", /^221/);
    assert.equal(await first.receiveLine(), undefined);
    const third = await open();
    assert.match((await third.receiveLine()) ?? "", /^220/);
  });

  test("a session in which nothing comes is ended when its time is up", async (t) => {
    const { services } = await testServices();
    let lateMs = 0;
    const { open } = await started(t, {}, { ...services, clock: () => plusMs(services.clock(), lateMs) });
    const duplex = await open();
    assert.match((await duplex.receiveLine()) ?? "", /^220/);
    lateMs = services.limits.idleTimeoutMs + 1;
    assert.match((await duplex.receiveLine()) ?? "", /^421 4\.4\.2/);
  });
});

describe("draining", () => {
  test("a session without a transaction is ended at once; one with a transaction may end it", async (t) => {
    const { server, open } = await started(t);
    const [idle, busy] = [await open(), await open()];
    for (const duplex of [idle, busy]) await duplex.receiveLine();
    await say(busy, "HELO client.test");
    assert.match((await say(busy, "MAIL FROM:<a@elsewhere.test>")) ?? "", /^250/);
    const drained = server.drain(10_000);
    assert.match((await idle.receiveLine()) ?? "", /^421 4\.3\.2/);
    assert.match((await say(busy, "RCPT TO:<alice@example.test>")) ?? "", /^250/);
    assert.match((await say(busy, "DATA")) ?? "", /^354/);
    assert.match((await say(busy, "Subject: x\r\n\r\nhello\r\n.")) ?? "", /^250/);
    assert.match((await busy.receiveLine()) ?? "", /^421 4\.3\.2/);
    await drained;
  });
});

describe("a message that cannot be kept", () => {
  test("is answered 451, and the session goes on", async (t) => {
    const { services, log } = await testServices();
    const spool = { ...services.spool, accept: () => Promise.reject(new StoreUnavailable("disk full")) };
    const { open } = await started(t, {}, { ...services, spool });
    const duplex = await open();
    await duplex.receiveLine();
    for (const line of [
      "HELO client.test",
      "MAIL FROM:<a@elsewhere.test>",
      "RCPT TO:<alice@example.test>",
      "DATA",
    ])
      await say(duplex, line);
    assert.match((await say(duplex, "x\r\n.")) ?? "", /^451 4\.3\.0/);
    assert.match((await say(duplex, "NOOP")) ?? "", /^250/);
    assert.deepEqual(
      log.map(({ event }) => event),
      ["message-not-kept"],
    );
  });
});

describe("the PROXY protocol", () => {
  const privileged = policy({ privileged: { enabled: true } }, [
    entry("192.0.2.0/24"),
    entry("127.0.0.1", { id: 2 }),
  ]);
  const relays = async (t: TestContext, header: string) => {
    const { services } = await testServices({ policy: privileged });
    const { open } = await started(t, proxied(), services);
    const duplex = await open();
    await duplex.send(Buffer.from(header, "latin1"));
    const greeting = (await duplex.receiveLine()) ?? "";
    if (!greeting.startsWith("220")) return greeting;
    for (const line of ["HELO client.test", "MAIL FROM:<a@elsewhere.test>"]) await say(duplex, line);
    return (await say(duplex, "RCPT TO:<friend@remote.test>"))?.slice(0, 3);
  };

  test("the client is the one that the header names", async (t) => {
    assert.equal(await relays(t, "PROXY TCP4 192.0.2.7 192.0.2.1 5000 25\r\n"), "250");
    assert.equal(await relays(t, "PROXY TCP4 203.0.113.7 192.0.2.1 5000 25\r\n"), "530");
  });

  test("the proxy's own address speaks for nobody, even where it is privileged", async (t) => {
    const local = `\r\n\r\n\0\r\nQUIT\n\x20\0\0\0`;
    assert.equal(await relays(t, local), "530");
  });

  test("a trusted proxy without a header gets 421", async (t) => {
    assert.match((await relays(t, "EHLO client.test\r\n")) ?? "", /^421/);
  });

  test("a proxy that has not said anything yet is not waited for when the server drains", async (t) => {
    const { server, open } = await started(t, proxied());
    const silent = await open();
    const greeted = await open();
    // Once this one is greeted, the one before it has been taken in too.
    assert.match((await say(greeted, "PROXY UNKNOWN")) ?? "", /^220/);
    await server.drain(0);
    assert.equal(await silent.receiveLine(), undefined);
  });

  test("a header from anybody else is no command", async (t) => {
    const { open } = await started(t);
    const duplex = await open();
    await duplex.receiveLine();
    assert.match((await say(duplex, "PROXY TCP4 192.0.2.7 192.0.2.1 5000 25")) ?? "", /^500/);
  });
});

test("a port that somebody has is named with its listener, and no other listener stays open", async (t) => {
  const { server } = await started(t);
  const port = server.listening[0]?.port ?? 0;
  const second = started(t, { listeners: [LISTENER, { ...LISTENER, name: "second", port }] });
  await assert.rejects(
    second,
    new RegExp(`listener "second" cannot have port ${port} of 127\\.0\\.0\\.1: another`),
  );
});
