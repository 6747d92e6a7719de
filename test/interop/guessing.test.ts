import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ALICE, type ServingPostern, type SetUpPostern, setUpPostern } from "../support/postern-server.ts";
import { say } from "../support/say.ts";
import { openSmtpDialog } from "../support/smtp-dialog.ts";
import { openTcpDuplex } from "../support/tcp-duplex.ts";

const HOME = "127.0.0.1";
const NEW_PLACE = "127.0.0.200";
const GUESSERS = 30;
const BLOCKED_SMTP = "454 4.7.0 Too many failed logins; try again later";
const BLOCKED_POP = "-ERR [SYS/TEMP] Too many failed logins; try again later";

// The whole of 127.0.0.0/8 is the machine's own on Linux only.
const skip = process.platform === "linux" ? false : "needs many addresses of the machine itself";

describe("a password that strangers guess at", { skip }, () => {
  let folder: SetUpPostern;
  let server: ServingPostern;
  before(async () => {
    folder = await setUpPostern();
    server = await folder.serve();
  });
  after(async () => {
    await server?.end();
    await folder?.remove();
  });

  async function pop(localAddress: string, password: string = ALICE.password): Promise<string> {
    const duplex = await openTcpDuplex({ port: server.port("pop3s"), tls: true, localAddress });
    try {
      await duplex.receiveLine();
      return await say(duplex, `USER ${ALICE.user}`, `PASS ${password}`);
    } finally {
      duplex.close();
    }
  }

  async function smtp(localAddress: string, password: string = ALICE.password): Promise<string> {
    const dialog = await openSmtpDialog({ port: server.port("submission"), localAddress });
    try {
      await dialog.startTls();
      const plain = Buffer.from(`\0${ALICE.user}\0${password}`).toString("base64");
      return await dialog.command(`AUTH PLAIN ${plain}`);
    } finally {
      dialog.close();
    }
  }

  test("is guessed at by POP until the login is blocked, by SMTP too", async () => {
    assert.match(await pop(HOME), /^\+OK/);
    const guesses = Array.from({ length: GUESSERS }, (_, n) => pop(`127.0.0.${n + 2}`, `guess ${n}`));
    const told = await Promise.all(guesses);
    assert.equal(told.filter((line) => line.startsWith("-ERR [AUTH]")).length, 20);
    assert.equal(told.filter((line) => line === BLOCKED_POP).length, GUESSERS - 20);
    assert.equal(await smtp(NEW_PLACE), BLOCKED_SMTP);
    assert.equal(await smtp(NEW_PLACE, "wrong"), BLOCKED_SMTP);
    const blocks = await folder.json<{ login: string; network?: string }[]>("login-block", "list");
    assert.deepEqual(
      blocks.map(({ login, network }) => ({ login, network })),
      [{ login: ALICE.user, network: undefined }],
    );
  });

  test("lets the owner in from the network where the password was right before", async () => {
    assert.match(await smtp(HOME), /^235/);
    assert.match(await pop(HOME), /^\+OK/);
  });

  test("is blocked and known as before after a restart", async () => {
    await server.end();
    server = await folder.serve();
    assert.equal(await pop(NEW_PLACE), BLOCKED_POP);
    assert.match(await smtp(HOME), /^235/);
  });

  test("works from everywhere once an administrator has removed the block", async () => {
    await folder.configure(["login-block", "remove", ALICE.user]);
    assert.match(await smtp(NEW_PLACE), /^235/);
    assert.deepEqual(await folder.json("login-block", "list"), []);
  });
});
