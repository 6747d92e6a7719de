import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { freePort } from "../support/free-port.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { offer, openSmtpDialog } from "../support/smtp-dialog.ts";
import { waitUntil } from "../support/wait-until.ts";

/** A row of the queue as the command line shows it. */
interface Row {
  readonly state: string;
  readonly last?: { readonly kind: string; readonly status: string; readonly diagnostic: string };
}

const MAX_ERRORS = 5;
const MAX_CONNECTIONS_PER_CLIENT = 3;

describe("a server that gets nonsense", () => {
  let postern: PosternServer;
  before(async () => {
    const resolver = await freePort();
    postern = await startPostern({
      edit: (toml) =>
        toml
          .replace(
            "# [limits]",
            `[limits]\nmaxErrors = ${MAX_ERRORS}\nmaxConnectionsPerClient = ${MAX_CONNECTIONS_PER_CLIENT}`,
          )
          .replace("# [dns]", `[dns]\nservers = ["127.0.0.1:${resolver}"]`),
    });
  });
  after(() => postern?.stop());

  /** Sends bytes and gives all that the server says until it closes, or until the answers match. */
  async function answersTo(bytes: Buffer, until: RegExp): Promise<string> {
    const socket = connect(postern.port("mx"), "127.0.0.1");
    // The server may close while there is still something to be written.
    socket.on("error", () => undefined);
    const closed = once(socket, "close");
    let said = "";
    const enough = new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        said += chunk.toString("latin1");
        if (until.test(said)) resolve();
      });
    });
    socket.write(bytes);
    await Promise.race([enough, closed]);
    socket.destroy();
    return said;
  }

  /** Whoever behaves is served as ever. */
  async function assertWell(): Promise<void> {
    const reply = await offer({ port: postern.port("mx"), from: "a@other.test", to: ALICE.user });
    assert.match(reply, /^250 /);
  }

  test("answers what is no command with 500, and ends the session with 421 at its bound", async () => {
    const lines = Array.from({ length: MAX_ERRORS + 3 }, (_, i) => `GARBAGE ${i}\r\n`).join("");
    const said = await answersTo(Buffer.from(lines), /^421 /m);
    assert.equal(said.match(/^500 5\.5\.2 /gm)?.length, MAX_ERRORS);
    assert.match(said, /^421 4\.7\.0 Too many errors/m);
    await assertWell();
  });

  test("answers a web browser, a TLS client and bytes of any kind with 5xx, and ends with 421", async () => {
    const http = "GET / HTTP/1.1\r\nHost: mx\r\nAccept: */*\r\nCookie: a\r\nX: y\r\n\r\n";
    // A ClientHello's first bytes, which no line end follows until later.
    const hello = Buffer.concat([Buffer.from("16030100c8010000c40303", "hex"), Buffer.alloc(200, 0xab)]);
    const everyByte = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256));
    for (const bytes of [
      Buffer.from(http),
      Buffer.concat([hello, Buffer.from("\r\n".repeat(9))]),
      everyByte,
    ]) {
      const said = await answersTo(bytes, /^421 |^500 /m);
      assert.match(said, /^220 .*\r\n5\d\d /, JSON.stringify(said));
    }
    await assertWell();
  });

  test("does not keep a line that never ends", async () => {
    const said = await answersTo(
      Buffer.concat([Buffer.alloc(4 * 1024 * 1024, "x"), Buffer.from("\r\n")]),
      /^500 /m,
    );
    assert.match(said, /^500 5\.5\.2 Line too long/m);
    await assertWell();
  });

  test("tells a client that opens too many connections 421, and serves it once they are closed", async () => {
    const port = postern.port("mx");
    const open = await Promise.all(
      Array.from({ length: MAX_CONNECTIONS_PER_CLIENT }, () => openSmtpDialog({ port })),
    );
    await assert.rejects(openSmtpDialog({ port }), /^Error: 421 4\.7\.0 Too many connections/);
    for (const dialog of open) {
      assert.match(await dialog.command("QUIT"), /^221 /);
      dialog.close();
    }
    await assertWell();
  });

  test("keeps mail for others while no resolver answers, and says so", async () => {
    const reply = await offer({
      port: postern.port("submission"),
      login: ALICE,
      from: ALICE.user,
      to: "friend@far.test",
    });
    assert.match(reply, /^250 /);
    const tried = async () => {
      const [row] = await postern.json<Row[]>("queue", "list");
      return row?.last === undefined ? undefined : row;
    };
    const row = await waitUntil(() => "the message was never tried", tried);
    assert.equal(row.state, "waiting");
    assert.equal(row.last?.kind, "deferred");
    assert.match(row.last?.diagnostic ?? "", /far\.test/);
    assert.match(row.last?.status ?? "", /^4\.4\.3$/);
    const doctor = await postern.cli(["doctor"]);
    assert.match(doctor.output, /fail +DNS: no answer for mx\.example\.test: .*\n.*see to the resolver/);
  });
});
