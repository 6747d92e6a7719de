import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, type TestContext, test } from "node:test";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { openSmtpDialog } from "../support/smtp-dialog.ts";
import { openTcpDuplex } from "../support/tcp-duplex.ts";

const PER_CLIENT = 150;
const SLOW_CLIENTS = 200;
const DEAF_CLIENTS = 20;
const BEGINNING = `EHLO slow.test\r\nMAIL FROM:<a@other.test>\r\nRCPT TO:<${ALICE.user}>\r\nDATA\r\n`;

describe("a server under attack", () => {
  let postern: PosternServer;
  before(async () => {
    const limits = `[limits]\nmaxConnections = 400\nmaxConnectionsPerClient = ${PER_CLIENT}\n`;
    postern = await startPostern({ edit: (toml) => `${toml}\n${limits}` });
  });
  after(() => postern?.stop());

  async function assertServes(): Promise<void> {
    const dialog = await openSmtpDialog({ port: postern.port("mx") });
    await dialog.command("MAIL FROM:<a@other.test>");
    await dialog.command(`RCPT TO:<${ALICE.user}>`);
    assert.match(await dialog.data(Buffer.from("Subject: x\r\n\r\nHello.\r\n")), /^250 /);
    dialog.close();
  }

  /** A client of its own address that sends `text` and says nothing more; resolves when it is greeted. */
  async function attacker(t: TestContext, index: number, text: string): Promise<Socket> {
    const localAddress = `127.0.0.${2 + (index % 4)}`;
    const socket = connect({ port: postern.port("mx"), host: "127.0.0.1", localAddress });
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
    await once(socket, "readable");
    socket.write(text);
    return socket;
  }

  test("serves others while many clients send their bodies byte by byte", async (t) => {
    const slow = await Promise.all(
      Array.from({ length: SLOW_CLIENTS }, (_, index) => attacker(t, index, BEGINNING)),
    );
    for (const socket of slow) socket.write("x");
    await assertServes();
    assert.equal(slow.filter((socket) => socket.destroyed).length, 0);
  });

  test("serves others while clients pipeline thousands of commands and read no reply", async (t) => {
    const commands = "NOOP\r\n".repeat(15_000);
    await Promise.all(Array.from({ length: DEAF_CLIENTS }, (_, index) => attacker(t, index, commands)));
    await assertServes();
  });

  test("turns a storm from one address away with 421 and serves another address", async (t) => {
    const opened = await Promise.all(
      Array.from({ length: PER_CLIENT + 30 }, async () => {
        const duplex = await openTcpDuplex({ port: postern.port("mx"), localAddress: "127.0.0.9" });
        t.after(() => duplex.close());
        return duplex.receiveLine();
      }),
    );
    assert.equal(opened.filter((line) => line?.startsWith("220 ")).length, PER_CLIENT);
    assert.equal(opened.filter((line) => line?.startsWith("421 4.7.0 ")).length, 30);
    await assertServes();
  });
});
