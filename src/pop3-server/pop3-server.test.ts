import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { POP_LISTENERS, testPopServices } from "../../test/support/pop-services.ts";
import { policy } from "../../test/support/relay-facts.ts";
import { say } from "../../test/support/say.ts";
import { openTcpDuplex } from "../../test/support/tcp-duplex.ts";
import { parseIp } from "../core/ip-address.ts";
import { parseIpRange } from "../core/ip-range.ts";
import { type PopServerOptions, startPopServer } from "./pop3-server.ts";

/** How many sessions there are at once; POSTERN_TEST_POP_SESSIONS=2000 makes it a load test. */
const SESSIONS = Number(process.env["POSTERN_TEST_POP_SESSIONS"] ?? 200);

const LISTENER = { ...POP_LISTENERS["pop3-clear"], address: "127.0.0.1", port: 0, trustedProxies: [] };

async function started(t: TestContext, more: Partial<PopServerOptions> = {}) {
  const parts = await testPopServices({
    policy: policy({
      popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: true, ipv6Prefix: 128 },
    }),
  });
  const server = await startPopServer({
    services: parts.services,
    listeners: [LISTENER],
    secureContext: () => undefined,
    maxConnections: 5000,
    maxConnectionsPerClient: 5000,
    handshakeTimeoutMs: 5000,
    ...more,
  });
  t.after(() => server.drain(0));
  const open = async () => {
    const duplex = await openTcpDuplex({ port: server.listening[0]?.port ?? 0, lineWithinMs: 30_000 });
    t.after(() => duplex.close());
    return duplex;
  };
  return { ...parts, open };
}

test(`${SESSIONS} sessions at once each get their own mailbox`, async (t) => {
  const { services } = await testPopServices();
  const authenticator = {
    ...services.authenticator,
    verify: async (account: string) => ({ kind: "accepted", account }) as const,
  };
  const directory = {
    account: async (key: string) => ({ key, postoffice: "acme", suspended: false }),
  };
  const { open } = await started(t, { services: { ...services, authenticator, directory } });
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, open));
  const answers = await Promise.all(
    sessions.map(async (session, n) => {
      await session.receiveLine();
      return say(session, `USER user${n}@example.test`, "PASS x", "STAT");
    }),
  );
  assert.deepEqual(new Set(answers), new Set(["+OK 0 0"]));
  const byes = await Promise.all(sessions.map((session) => say(session, "QUIT")));
  assert.deepEqual(new Set(byes), new Set(["+OK Bye"]));
});

test("a client over its number of connections is told so in POP3's words", async (t) => {
  const { open } = await started(t, { maxConnectionsPerClient: 1 });
  const first = await open();
  assert.match((await first.receiveLine()) ?? "", /^\+OK/);
  const second = await open();
  assert.match((await second.receiveLine()) ?? "", /^-ERR \[SYS\/TEMP\] Too many connections/);
  assert.equal(await second.receiveLine(), undefined);
});

describe("behind a proxy", () => {
  const range = parseIpRange("127.0.0.1");
  assert.ok(range.ok);
  const proxied = { listeners: [{ ...LISTENER, trustedProxies: [range.value] }] };
  const login = ["USER alice@example.test", "PASS secret-alice"] as const;
  const found = (text: string) => {
    const ip = parseIp(text);
    assert.ok(ip);
    return ip;
  };

  test("the grant is for the client that the header names", async (t) => {
    const { open, grants } = await started(t, proxied);
    const duplex = await open();
    await duplex.send(Buffer.from("PROXY TCP4 192.0.2.7 192.0.2.1 5000 110\r\n"));
    await duplex.receiveLine();
    assert.match(await say(duplex, ...login), /^\+OK/);
    assert.deepEqual((await grants.find(found("192.0.2.7"), 128))?.accounts, ["alice@example.test"]);
    assert.equal(await grants.find(found("127.0.0.1"), 128), undefined);
  });

  test("a login of the proxy itself lets nobody send", async (t) => {
    const { open, grants } = await started(t, proxied);
    const duplex = await open();
    assert.match(await say(duplex, "PROXY UNKNOWN"), /^\+OK/);
    assert.match(await say(duplex, ...login), /^\+OK/);
    assert.deepEqual((await grants.list()).grants, []);
  });
});
