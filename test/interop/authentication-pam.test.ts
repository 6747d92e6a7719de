import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { hostDomains } from "../support/host-domains.ts";
import { logIn } from "../support/log-in.ts";
import { type PosternServer, startPostern } from "../support/postern-server.ts";
import { runProcess } from "../support/process.ts";
import { needsTool, toolPath } from "../support/tools.ts";
import { waitUntil } from "../support/wait-until.ts";

// A real account of this machine, and a PAM service of the test's own that asks pam_unix: both go when the test ends.
const tools = needsTool("pamtester", "swaks", "openssl", "curl");
const USER = `postern-t${process.pid}`;
const SERVICE = `postern-test-${process.pid}`;
const SLOW = `${SERVICE}-slow`;
const PASSWORD = "correct horse 7";

async function mustRun(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await runProcess(command, args);
  assert.equal(code, 0, output);
  return stdout.trim();
}

function serve(service: string): Promise<PosternServer> {
  return startPostern({
    edit: (toml) =>
      `${toml}\n[authentication.pam]\nservice = "${service}"\n${hostDomains({ createMailboxes: true })}`,
  });
}

describe("accounts of the machine through PAM", tools, () => {
  let server: PosternServer;
  before(async () => {
    const hash = await mustRun(toolPath("openssl"), "passwd", "-6", PASSWORD);
    await mustRun("useradd", "--no-create-home", "--shell", "/usr/sbin/nologin", "--password", hash, USER);
    await writeFile(
      `/etc/pam.d/${SERVICE}`,
      "auth required pam_unix.so nodelay\naccount required pam_unix.so\n",
    );
    // As good as never ends: what a directory server that hangs does to PAM.
    await writeFile(`/etc/pam.d/${SLOW}`, "auth required pam_exec.so quiet /bin/sleep 40\n");
    server = await serve(SERVICE);
    await server.configure(["relay", "set", "authenticated.method=host"]);
  });
  after(async () => {
    await server?.stop();
    await Promise.all([SERVICE, SLOW].map((name) => rm(`/etc/pam.d/${name}`, { force: true })));
    await runProcess("userdel", [USER]);
  });

  it("takes the passwords that pamtester takes, and makes the mailbox at the first good login", async () => {
    for (const [password, good] of [
      [PASSWORD, true],
      ["wrong", false],
    ] as const) {
      const pam = await runProcess(toolPath("pamtester"), [SERVICE, USER, "authenticate", "acct_mgmt"], {
        input: `${password}\n`,
      });
      assert.equal(pam.code === 0, good, pam.output);
      const { reply } = await logIn(server.port("submission"), USER, password);
      assert.match(reply, good ? /^235 / : /^535 5\.7\.8 /);
    }
    assert.match(JSON.stringify(await server.json("mailbox", "list")), new RegExp(`${USER}@example.test`));
  });

  it("offers PLAIN and LOGIN only, and takes both", async () => {
    const tried = await logIn(server.port("submission"), `${USER}@example.test`, PASSWORD, "LOGIN");
    assert.deepEqual([tried.offered, tried.reply.slice(0, 3)], ["PLAIN LOGIN", "235"]);
  });

  it("lets POP in with the same password, and has its CAPA list no SCRAM", async () => {
    const pop = (password: string, ...more: readonly string[]) => {
      const url = `pop3s://127.0.0.1:${server.port("pop3s")}/`;
      return runProcess(toolPath("curl"), ["-skv", "--user", `${USER}:${password}`, ...more, url]);
    };
    const good = await pop(PASSWORD);
    assert.equal(good.code, 0, good.output);
    assert.match(good.output, /^< SASL PLAIN LOGIN\r?$/m);
    // 67: the server denied the login.
    assert.equal((await pop("wrong")).code, 67);
  });

  it("refuses an account that has expired, whose password is right", async () => {
    await mustRun("usermod", "--expiredate", "2020-01-01", USER);
    assert.match((await logIn(server.port("submission"), USER, PASSWORD)).reply, /^535 5\.7\.8 /);
    await mustRun("usermod", "--expiredate", "", USER);
    assert.match((await logIn(server.port("submission"), USER, PASSWORD)).reply, /^235 /);
  });

  it("writes no password into its log, its command line or its environment", async () => {
    assert.ok(!server.log().includes(PASSWORD));
    assert.ok(!(await mustRun("ps", "axeww", "-o", "args")).includes(PASSWORD));
  });

  it("calls a PAM service that there is not no wrong password", async () => {
    const other = await serve(`${SERVICE}-missing`);
    try {
      await other.configure(["relay", "set", "authenticated.method=host"]);
      const { reply } = await logIn(other.port("submission"), USER, PASSWORD);
      assert.match(reply, /^454 4\.7\.0 /);
      // The log is written behind the back of what it tells of.
      const told = async () => (other.log().includes("no PAM service") ? true : undefined);
      await waitUntil(() => `the log does not say why: ${other.log()}`, told);
    } finally {
      await other.stop();
    }
  });

  it("goes on serving while PAM hangs, gives up in the end, and stops when it is told to", async () => {
    const hung = await serve(SLOW);
    try {
      await hung.configure(["relay", "set", "authenticated.method=host"]);
      const stuck = logIn(hung.port("submission"), USER, PASSWORD);
      await hung.configure(["relay", "set", "authenticated.method=integrated"]);
      const own = await logIn(hung.port("submission"), "alice@example.test", "wonderland 1865");
      assert.match(own.reply, /^235 /);
      assert.match((await stuck).reply, /^454 4\.7\.0 /);
    } finally {
      await hung.stop();
    }
  });
});
