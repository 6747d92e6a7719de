import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { popClients } from "../support/pop-clients.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { say } from "../support/say.ts";
import { openSmtpDialog } from "../support/smtp-dialog.ts";
import { openTcpDuplex } from "../support/tcp-duplex.ts";
import { needsTool } from "../support/tools.ts";

describe("app passwords of a mailbox", () => {
  let postern: PosternServer;
  before(async () => {
    postern = await startPostern();
  });
  after(() => postern?.stop());

  const appPassword = (...args: readonly string[]) =>
    postern.json<{ password: string }>("mailbox", "app-password", ...args);

  async function smtp(password: string): Promise<string> {
    const dialog = await openSmtpDialog({ port: postern.port("submission") });
    try {
      await dialog.startTls();
      const plain = Buffer.from(`\0${ALICE.user}\0${password}`).toString("base64");
      return await dialog.command(`AUTH PLAIN ${plain}`);
    } finally {
      dialog.close();
    }
  }

  async function pop(password: string): Promise<string> {
    const duplex = await openTcpDuplex({ port: postern.port("pop3s"), tls: true });
    try {
      await duplex.receiveLine();
      return await say(duplex, `USER ${ALICE.user}`, `PASS ${password}`);
    } finally {
      duplex.close();
    }
  }

  test("log in where their scope and ranges allow it, and the day is noted", async () => {
    const scanner = await appPassword(
      "add",
      ALICE.user,
      "scanner",
      "--scope",
      "smtp",
      "--from",
      "127.0.0.0/8",
    );
    const elsewhere = await appPassword("add", ALICE.user, "elsewhere", "--from", "192.0.2.0/24");
    assert.match(await smtp(scanner.password), /^235/);
    assert.match(await pop(scanner.password), /^-ERR \[AUTH\]/);
    assert.match(await smtp(elsewhere.password), /^535/);
    const listed = await postern.json<{ name: string; lastUsed?: string }[]>(
      "mailbox",
      "app-password",
      "list",
      ALICE.user,
    );
    assert.deepEqual(
      listed.map(({ name, lastUsed }) => [name, lastUsed === undefined]),
      [
        ["elsewhere", true],
        ["scanner", false],
      ],
    );
    assert.doesNotMatch(postern.log(), new RegExp(scanner.password));
  });

  test(
    "are all that is taken once the main password is for the console only",
    needsTool("mpop"),
    async () => {
      const phone = await appPassword("add", ALICE.user, "telephone");
      await postern.configure(["mailbox", "set", ALICE.user, "--main-password", "console-only"]);
      assert.match(await smtp(ALICE.password), /^535/);
      assert.match(await pop(ALICE.password), /^-ERR \[AUTH\]/);
      assert.match(await smtp(phone.password), /^235/);
      const place = { user: ALICE.user, port: postern.port("pop3s"), tls: "implicit" } as const;
      const withMain = await popClients.mpop({ ...place, password: ALICE.password });
      assert.notEqual(withMain.code, 0, "a real program, whatever mechanism it chooses");
      await postern.configure(["mailbox", "set", ALICE.user, "--main-password", "everywhere"]);
      assert.match(await smtp(ALICE.password), /^235/);
    },
  );

  test("fail at once when they are removed", async () => {
    const old = await appPassword("add", ALICE.user, "old telephone");
    assert.match(await pop(old.password), /^\+OK/);
    await postern.configure(["mailbox", "app-password", "remove", ALICE.user, "old telephone"]);
    assert.match(await pop(old.password), /^-ERR \[AUTH\]/);
  });
});
