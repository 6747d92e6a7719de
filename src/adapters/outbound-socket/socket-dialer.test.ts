import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { MessageId, QueueId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import { openSession } from "../../delivery/outbound/client-session.ts";
import type { PeerProfile } from "../../delivery/outbound/handshake.ts";
import type { Transaction } from "../../delivery/outbound/transaction.ts";
import { manualTime } from "../memory/manual-time.ts";
import { selfSignedCertificate } from "../tls-files/self-signed-certificate.ts";
import { socketDialer } from "./socket-dialer.ts";

const LOOPBACK = parseIp("127.0.0.1") as IpAddress;
const PEM = selfSignedCertificate({
  names: ["mx.peer.test"],
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 3_600_000),
});
const LINES = Buffer.from(
  `Subject: hi\r\n\r\n.\r\n..two\r\ngr\u00fc\u00dfe\r\n${`${"x".repeat(76)}\r\n`.repeat(20_000)}`,
);

/** A real SMTP server; `mails` are what it took. */
async function smtpServer(t: TestContext, options: SMTPServerOptions = {}) {
  const mails: { from: string; to: string[]; body: Buffer; secure: boolean; user: unknown }[] = [];
  const server = new SMTPServer({
    key: PEM.key,
    cert: PEM.certificate,
    authOptional: true,
    onAuth: ({ username, password }, _session, callback) =>
      password === "secret" ? callback(null, { user: username }) : callback(new Error("wrong password")),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        const { secure, user } = session;
        mails.push({
          from,
          to: rcptTo.map(({ address }) => address),
          body: Buffer.concat(chunks),
          secure,
          user,
        });
        callback();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

async function open(port: number, changes: Partial<PeerProfile> = {}) {
  const wire = await socketDialer().dial(LOOPBACK, port, 10_000);
  assert.ok(wire.ok, JSON.stringify(wire));
  const profile: PeerProfile = {
    remote: "mx.peer.test [127.0.0.1]",
    helo: "mx.postern.test",
    tls: "may",
    serverName: "mx.peer.test",
    clearPassword: false,
    nonce: () => "nonce",
    ...changes,
  };
  return openSession(wire.value, profile, manualTime().timers);
}

function message(body: Transaction["body"]): Transaction {
  return {
    envelope: {
      id: 1 as MessageId,
      acceptedAt: instant(0),
      expiresAt: instant(1e9),
      sender: "alice@example.test",
      size: LINES.length,
      smtpUtf8: false,
      eightBit: true,
      origin: { client: "192.0.2.9", listener: "mx" },
    },
    rows: ["bob@peer.test", "carol@peer.test"].map((target, i) => ({
      id: (i + 1) as QueueId,
      lane: "outbound",
      recipient: target,
      target,
      destination: "peer.test",
      decision: 1,
    })) as unknown as Transaction["rows"],
    header: async () => Buffer.alloc(0),
    body,
  };
}
async function* pieces() {
  for (let at = 0; at < LINES.length; at += 65_537) yield LINES.subarray(at, at + 65_537);
}

test("messages go over TLS and in the clear, whole and in pieces, byte for byte", async (t) => {
  const { port, mails } = await smtpServer(t);
  for (const tls of ["may", "none"] as const) {
    const session = await open(port, { tls });
    assert.ok(session.ok, JSON.stringify(session));
    assert.equal(session.value.agreed.tls?.verified, tls === "may" ? false : undefined);
    for (const body of [() => LINES, pieces]) {
      const { outcomes } = await session.value.send(message(body));
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome.kind),
        ["delivered", "delivered"],
      );
      const mail = mails.pop();
      assert.deepEqual([mail?.from, mail?.to], ["alice@example.test", ["bob@peer.test", "carol@peer.test"]]);
      assert.equal(mail?.secure, tls === "may");
      assert.ok(mail?.body.equals(LINES));
    }
    session.value.quit();
  }
});

test("a login at a real server counts for what follows", async (t) => {
  const { port, mails } = await smtpServer(t);
  const session = await open(port, { login: { user: "postern", password: "secret" } });
  assert.ok(session.ok, JSON.stringify(session));
  await session.value.send(message(() => LINES));
  session.value.quit();
  assert.equal(mails[0]?.user, "postern");
  const wrong = await open(port, { login: { user: "postern", password: "guess" } });
  assert.ok(!wrong.ok && wrong.error.outcome.status === "4.7.8", JSON.stringify(wrong));
});

test("a certificate that proves nothing ends the connection only where it must prove the name", async (t) => {
  const { port } = await smtpServer(t);
  const verified = await open(port, { tls: "verify" });
  assert.ok(!verified.ok && verified.error.outcome.status === "4.7.5", JSON.stringify(verified));
  const required = await open(port, { tls: "require" });
  assert.ok(required.ok);
  required.value.quit();
});

/** A server that does with each connection what the test says. */
async function rawServer(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test("a peer that offers TLS and answers with something else is tried again in the clear", async (t) => {
  const port = await rawServer(t, (socket) => {
    socket.write("220 hello\r\n");
    socket.on("data", (line) => {
      if (String(line).startsWith("EHLO")) socket.write("250-mx\r\n250 STARTTLS\r\n");
      else if (String(line).startsWith("STARTTLS")) socket.write("220 go\r\n");
      else socket.end("this is no TLS\r\n");
    });
  });
  const session = await open(port);
  assert.ok(!session.ok && session.error.retryInClear && session.error.outcome.status === "4.7.5");
});

test("where nobody listens the dial says so", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  t.after(() => server.close());
  const wire = await socketDialer().dial(LOOPBACK, port, 10_000);
  assert.deepEqual(wire, { ok: false, error: `127.0.0.1:${port}: connection refused` });
});

test("a peer that goes away is heard of once, and one that was closed by us is not", async (t) => {
  const port = await rawServer(t, (socket) => void socket.on("data", () => socket.end("bye")));
  const wire = await socketDialer().dial(LOOPBACK, port, 10_000);
  assert.ok(wire.ok);
  const heard: string[] = [];
  const gone = Promise.withResolvers<void>();
  wire.value.listen({
    data: (chunk) => heard.push(Buffer.from(chunk).toString()),
    end: (detail) => {
      heard.push(detail);
      gone.resolve();
    },
  });
  wire.value.write(Buffer.from("hello"));
  await gone.promise;
  assert.deepEqual(heard, ["bye", "the peer closed the connection"]);
  assert.equal(wire.value.write(Buffer.from("anybody?")), true);
  await wire.value.drained();
});

test("what was written before closing still leaves", async (t) => {
  const received = Promise.withResolvers<number>();
  const port = await rawServer(t, (socket) => {
    let bytes = 0;
    socket.on("data", (chunk) => {
      bytes += chunk.length;
    });
    socket.on("close", () => received.resolve(bytes));
  });
  const wire = await socketDialer().dial(LOOPBACK, port, 10_000);
  assert.ok(wire.ok);
  wire.value.listen({ data: () => {}, end: () => {} });
  assert.equal(wire.value.write(Buffer.alloc(16_000_000)), false, "more than fits into the socket");
  wire.value.close();
  assert.equal(await received.promise, 16_000_000);
});

test("closing lets the peer answer and close first", async (t) => {
  const said = Promise.withResolvers<string>();
  const port = await rawServer(t, (socket) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
      socket.write("221 bye\r\n");
    });
    socket.on("error", (error) => said.resolve(`${text} ${error.message}`));
    socket.on("close", () => said.resolve(text));
  });
  const wire = await socketDialer().dial(LOOPBACK, port, 10_000);
  assert.ok(wire.ok);
  const fail = () => assert.fail("nothing is heard after close");
  wire.value.listen({ data: fail, end: fail });
  wire.value.write(Buffer.from("QUIT\r\n"));
  wire.value.close();
  assert.equal(await said.promise, "QUIT\r\n");
});
