import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, test } from "node:test";
import { memoryPopConnection } from "../../test/support/memory-connection.ts";
import { POP_LISTENERS, testPopServices } from "../../test/support/pop-services.ts";
import { ip } from "../../test/support/relay-facts.ts";
import { say } from "../../test/support/say.ts";
import { waitUntil } from "../../test/support/wait-until.ts";
import { plusMs } from "../core/instant.ts";
import type { Maildrop } from "../ports/maildrop-store.ts";
import { PopConnection } from "./pop-connection.ts";
import type { PopServices } from "./pop-context.ts";

const LISTENER = POP_LISTENERS["pop3-clear"];
const LOGIN = "USER alice@example.test\r\nPASS secret-alice\r\n";
const MAILBOX = { mailbox: "alice@example.test", postoffice: "acme" };

/** A session with both its ends, and its object. */
function begun(services: PopServices) {
  const [client, server] = duplexPair();
  const closed = Promise.withResolvers<void>();
  const session = { listener: LISTENER, client: ip("127.0.0.1"), clientIsProxy: false, tls: undefined };
  const upgrade = () => Promise.reject(new Error("not asked for"));
  const connection = new PopConnection(server, { ...services, ...session }, upgrade, closed.resolve);
  connection.start();
  let text = "";
  client.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  /** Waits until the server has said so much; gives all that it has said. */
  const said = (pattern: RegExp) =>
    waitUntil(
      () => `${pattern} was not said, but: ${text}`,
      async () => (pattern.test(text) ? text : undefined),
    );
  return { client, server, connection, closed: closed.promise, said };
}

function dialog(services: PopServices) {
  return memoryPopConnection(services, LISTENER);
}

/** The services with alice's maildrop changed. */
function withMaildrop(services: PopServices, change: Partial<Maildrop>): PopServices {
  const open: PopServices["maildrops"]["open"] = async (name) => {
    const maildrop = await services.maildrops.open(name);
    return maildrop === "in-use" ? maildrop : { ...maildrop, ...change };
  };
  return { ...services, maildrops: { open } };
}

describe("a login", () => {
  test("that cannot be checked is answered as a fault of ours, and is not one of the client's", async () => {
    const { services, log } = await testPopServices();
    const authenticator = {
      offersScram: () => true,
      verify: async () => ({ kind: "unavailable", detail: "no route to the directory" }) as const,
      scramCredentials: async () => ({ kind: "unavailable", detail: "no route to the directory" }) as const,
    };
    const connection = dialog({ ...services, authenticator });
    await connection.receiveLine();
    assert.match(
      await say(connection, "USER alice@example.test", "PASS secret-alice"),
      /^-ERR \[SYS\/TEMP\]/,
    );
    const first = Buffer.from("n,,n=alice@example.test,r=abc").toString("base64");
    assert.match(await say(connection, `AUTH SCRAM-SHA-256 ${first}`), /^-ERR \[SYS\/TEMP\]/);
    assert.match(await say(connection, "STAT"), /^-ERR Log in first/);
    assert.deepEqual(new Set(log.map(({ event }) => event)), new Set(["login-unavailable"]));
  });

  test("to a mailbox whose disk does not answer is answered as a fault of ours", async () => {
    const { services } = await testPopServices();
    const maildrops = { open: () => Promise.reject(new Error("EIO")) };
    const connection = dialog({ ...services, maildrops });
    await connection.receiveLine();
    assert.match(
      await say(connection, "USER alice@example.test", "PASS secret-alice"),
      /^-ERR \[SYS\/TEMP\]/,
    );
  });

  test("of an account without a mailbox is refused for good", async () => {
    const { services } = await testPopServices();
    const connection = dialog({ ...services, directory: { account: async () => undefined } });
    await connection.receiveLine();
    assert.match(
      await say(connection, "USER alice@example.test", "PASS secret-alice"),
      /^-ERR \[SYS\/PERM\]/,
    );
  });

  test("is in the log with account, client and way, and never with a secret", async () => {
    const { services, log } = await testPopServices();
    const connection = dialog(services);
    await connection.receiveLine();
    await say(connection, "USER alice@example.test", "PASS wrong-secret", "USER alice@example.test");
    await say(connection, "PASS secret-alice");
    const common = { client: "127.0.0.1", listener: "pop3-clear", mechanism: "USER" };
    assert.deepEqual(
      log.map(({ event, fields }) => ({ event, ...fields })),
      [
        { event: "pop-login-failed", ...common, login: "alice@example.test", reason: "rejected" },
        { event: "pop-login", ...common, account: "alice@example.test", tls: false, messages: 2 },
      ],
    );
    assert.ok(!JSON.stringify(log).includes("secret"));
  });
});

describe("marked messages", () => {
  test("are there still when the connection breaks off, and the mailbox is free again", async () => {
    const { services, maildrops } = await testPopServices();
    const { client, server, closed, said } = begun(services);
    client.write(`${LOGIN}DELE 1\r\nDELE 2\r\n`);
    await said(/Message 2 marked/);
    server.destroy();
    await closed;
    const again = await maildrops.open(MAILBOX);
    assert.ok(again !== "in-use");
    assert.equal(again.messages.length, 2);
  });

  test("are deleted by QUIT, and what could not be is told with -ERR", async () => {
    const { services } = await testPopServices();
    const { client, said } = begun(withMaildrop(services, { remove: async () => 1 }));
    client.write(`${LOGIN}DELE 1\r\nDELE 2\r\nQUIT\r\n`);
    await said(/-ERR \[SYS\/TEMP\] 1 message could not be deleted\r\n$/);
  });
});

describe("time", () => {
  test("a session in which nothing comes for too long ends without a word and deletes nothing", async () => {
    const { services, maildrops } = await testPopServices();
    const { client, connection, closed, said } = begun(services);
    client.write(`${LOGIN}DELE 1\r\n`);
    const before = await said(/Message 1 marked/);
    connection.closeIfOverdue(plusMs(services.clock(), services.limits.idleTimeoutMs));
    connection.closeIfOverdue(plusMs(services.clock(), services.limits.idleTimeoutMs + 1));
    await closed;
    assert.equal(await said(/./), before);
    const again = await maildrops.open(MAILBOX);
    assert.ok(again !== "in-use" && again.messages.length === 2);
  });

  test("a session that lasts too long ends, even if something comes all the time", async () => {
    let lateMs = 0;
    const { services } = await testPopServices();
    const clock = () => plusMs(services.clock(), lateMs);
    const { client, connection, closed, said } = begun({ ...services, clock });
    lateMs = services.limits.sessionTimeoutMs + 1;
    client.write("CAPA\r\n");
    await said(/IMPLEMENTATION/);
    connection.closeIfOverdue(clock());
    await closed;
  });
});

describe("the end of the server", () => {
  test("ends a session at once, but lets one that has marked messages say QUIT", async () => {
    const { services, maildrops } = await testPopServices();
    const idle = begun(services);
    await idle.said(/\+OK/);
    idle.connection.drain();
    await idle.said(/-ERR \[SYS\/TEMP\] Going down/);
    const busy = begun(services);
    busy.client.write(`${LOGIN}DELE 1\r\n`);
    await busy.said(/Message 1 marked/);
    busy.connection.drain();
    busy.client.write("QUIT\r\n");
    await busy.said(/1 message deleted/);
    await busy.closed;
    const again = await maildrops.open(MAILBOX);
    assert.ok(again !== "in-use" && again.messages.length === 1);
  });
});

describe("a message", () => {
  async function* endless(pulled: { pieces: number }): AsyncIterableIterator<Buffer> {
    for (;;) {
      pulled.pieces += 1;
      yield Buffer.alloc(64 * 1024, "x");
    }
  }

  test("is read no faster than the client takes it, and not at all once the client has gone", async () => {
    const { services } = await testPopServices();
    const pulled = { pieces: 0 };
    const { client, server, closed, said } = begun(
      withMaildrop(services, { read: async () => endless(pulled) }),
    );
    client.write(LOGIN);
    await said(/2 messages/);
    client.pause();
    client.write("RETR 1\r\n");
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    assert.ok(pulled.pieces > 0 && pulled.pieces < 10, `${pulled.pieces} pieces`);
    server.destroy();
    await closed;
    const before = pulled.pieces;
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    assert.ok(pulled.pieces <= before + 1);
  });

  test("that breaks off is not taken for a whole one: no end mark, and the connection closes", async () => {
    const { services, log } = await testPopServices();
    async function* half(): AsyncIterableIterator<Buffer> {
      yield Buffer.from("Subject: half\r\n");
      throw new Error("EIO");
    }
    const { client, closed, said } = begun(withMaildrop(services, { read: async () => half() }));
    client.write(`${LOGIN}RETR 1\r\n`);
    await closed;
    assert.doesNotMatch(await said(/\+OK/), /\r\n\.\r\n$/);
    assert.equal(log.at(-1)?.event, "message-broken-off");
  });

  test("that cannot be opened, or has been taken away, is refused, and the session goes on", async () => {
    const { services, maildrops } = await testPopServices();
    const connection = dialog(services);
    await connection.receiveLine();
    await say(connection, "USER alice@example.test", "PASS secret-alice");
    maildrops.takeAway(MAILBOX.mailbox, "first");
    assert.match(await say(connection, "RETR 1"), /^-ERR This message has been taken away/);
    assert.match(await say(connection, "STAT"), /^\+OK/);
    const failing = dialog(withMaildrop(services, { read: () => Promise.reject(new Error("EIO")) }));
    await say(connection, "QUIT");
    assert.equal(await connection.receiveLine(), undefined);
    await failing.receiveLine();
    await say(failing, "USER alice@example.test", "PASS secret-alice");
    assert.match(await say(failing, "RETR 1"), /^-ERR \[SYS\/TEMP\]/);
    assert.match(await say(failing, "STAT"), /^\+OK/);
  });

  test("list of many comes whole", async () => {
    const { services, maildrops } = await testPopServices();
    for (let n = 0; n < 5000; n += 1) maildrops.put(MAILBOX.mailbox, `m${n}`, "x\r\n");
    const { client, said } = begun(services);
    client.write(`${LOGIN}UIDL\r\nQUIT\r\n`);
    const text = await said(/\+OK Bye\r\n$/);
    assert.equal(text.match(/^\d+ m\d+\r$/gm)?.length, 5000);
  });
});

test("a client that goes while its mailbox is being opened does not leave it locked", async () => {
  const { services, maildrops } = await testPopServices();
  const opening = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const open: PopServices["maildrops"]["open"] = async (name) => {
    opening.resolve();
    await gate.promise;
    return maildrops.open(name);
  };
  const { client, server, closed } = begun({ ...services, maildrops: { open } });
  client.write(LOGIN);
  await opening.promise;
  server.destroy();
  await closed;
  gate.resolve();
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  assert.notEqual(await maildrops.open(MAILBOX), "in-use");
});
