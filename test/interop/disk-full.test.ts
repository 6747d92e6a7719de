import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ALICE, type ServingPostern, type SetUpPostern, setUpPostern } from "../support/postern-server.ts";
import { type StartedProcess, startProcess } from "../support/process.ts";
import { needsMount, type SmallDisk, smallDisk } from "../support/small-disk.ts";
import { offer } from "../support/smtp-dialog.ts";
import { needsTool } from "../support/tools.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Bodies over 256 KiB are files, those below lie in the database. */
const KIB_200 = `${"x".repeat(1022)}\r\n`.repeat(200);
const KIB_400 = KIB_200 + KIB_200;

interface Running {
  readonly folder: SetUpPostern;
  readonly server: ServingPostern;
  send(body: string): Promise<string>;
  /** Waits until `health` says so. */
  waitForHealth(reasons: string): Promise<void>;
}

async function run(t: TestContext, limits: string, mount?: (folder: string) => Promise<SmallDisk>) {
  const edit = (toml: string) => `${toml}\n[limits]\n${limits}\n`;
  const folder = await setUpPostern({ edit });
  let disk: SmallDisk | undefined;
  let server: ServingPostern | undefined;
  t.after(async () => {
    await server?.end("SIGKILL");
    await disk?.unmount();
    await folder.remove();
  });
  disk = await mount?.(folder.dataFolder);
  server = await folder.serve();
  const { port, log } = server;
  const health = async () => {
    const { stdout } = await folder.cli(["health", "--json"]);
    const { reasons } = JSON.parse(stdout) as { reasons: { code: string }[] };
    // Two folders on one disk say the same.
    return [...new Set(reasons.map(({ code }) => code))].join(" ");
  };
  const running: Running = {
    folder,
    server,
    send: (body) =>
      offer({ port: port("mx"), from: "a@other.test", to: ALICE.user, message: `Subject: x\r\n\r\n${body}` }),
    waitForHealth: async (reasons) => {
      let last = "";
      const ask = async () => {
        last = await health();
        return last === reasons ? true : undefined;
      };
      await waitUntil(() => `health is "${last}" and not "${reasons}"\n${log()}`, ask);
    },
  };
  return { ...running, disk };
}

/** Sends messages until one is refused. @returns how many were taken, and the refusal */
async function sendUntilRefused(
  { send }: Running,
  body: string,
): Promise<{ taken: number; refusal: string }> {
  for (let taken = 0; taken < 500; taken += 1) {
    const reply = await send(body);
    if (!reply.startsWith("250")) return { taken, refusal: reply };
  }
  throw new Error("nothing was refused");
}

/** Everything that was answered with 250 is in the mailbox, once. */
async function allArrive({ folder }: Running, count: number): Promise<void> {
  await folder.cli(["queue", "retry", "--all"]);
  await folder.waitForEmptyQueue();
  assert.equal(await folder.mailbox(ALICE.user).count(), count);
}

async function traced(t: TestContext, pid: number, ...inject: readonly string[]): Promise<StartedProcess> {
  const strace = startProcess("strace", ["-f", "-o", "/dev/null", ...inject, "-p", String(pid)]);
  t.after(() => strace.stop("SIGINT"));
  await strace.waitForLine(/attached/);
  return strace;
}

test(
  "on a full disk mail is refused for now, nothing that was taken is lost, and it goes on when there is room",
  needsMount(),
  async (t) => {
    const running = await run(t, "minFreeBytes = 0", (folder) => smallDisk(folder, "size=24m"));
    const ballast = join(running.folder.dataFolder, "ballast");
    await running.disk?.fill(ballast);
    for (const body of [KIB_200, KIB_400]) {
      const { refusal } = await sendUntilRefused(running, body);
      assert.match(refusal, /^45[12] 4\.3\.[01] /);
    }
    const spooled = await readdir(join(running.folder.dataFolder, "Spool"));
    assert.deepEqual(spooled, [], "a refused message left its file behind");
    await rm(ballast);
    await running.waitForHealth("");
    const before = await running.folder.json<unknown[]>("queue", "list");
    assert.match(await running.send(KIB_400), /^250 /);
    await allArrive(running, before.length + 1);
  },
);

test("below minFreeBytes MAIL gets 452 4.3.1 and what waits is still delivered", needsMount(), async (t) => {
  const running = await run(t, "minFreeBytes = 30_000_000", (folder) => smallDisk(folder, "size=40m"));
  assert.match(await running.send("first"), /^250 /);
  await running.disk?.resize("28m");
  await running.waitForHealth("disk-low");
  assert.match(await running.send("second"), /^452 4\.3\.1 /);
  assert.match(running.server.log(), /"disk-low: .*"event":"takes-no-mail"/);
  await allArrive(running, 1);
  await running.disk?.resize("60m");
  await running.waitForHealth("");
  assert.match(await running.send("third"), /^250 /);
  await allArrive(running, 2);
});

test("without inodes mail is refused for now and goes on when there are some", needsMount(), async (t) => {
  const running = await run(t, "minFreeBytes = 0", (folder) => smallDisk(folder, "size=64m,nr_inodes=300"));
  const used = join(running.folder.dataFolder, "Spool");
  const names = (await running.disk?.useUpInodes(used)) ?? [];
  assert.match(await running.send(KIB_400), /^452 4\.3\.1 /);
  await running.waitForHealth("disk-low");
  assert.match(await running.send("small"), /^452 4\.3\.1 /);
  for (const name of names) await rm(join(used, name));
  await running.waitForHealth("");
  assert.match(await running.send(KIB_400), /^250 /);
  await allArrive(running, 1);
});

for (const [fault, calls, error] of [
  ["a sync of the store fails", "fsync,fdatasync", "EIO"],
  ["the disk has become read-only", "pwrite64", "EROFS"],
] as const) {
  test(
    `while ${fault} mail is refused for now, and then it goes on by itself`,
    needsTool("strace"),
    async (t) => {
      const running = await run(t, "");
      assert.match(await running.send("before"), /^250 /);
      await running.folder.waitForEmptyQueue();
      const path = join(running.folder.dataFolder, "postern.db-wal");
      const strace = await traced(t, running.server.pid, "-P", path, "-e", `inject=${calls}:error=${error}`);
      assert.match(await running.send("during"), /^451 4\.3\.0 /);
      await running.waitForHealth("store-failing");
      assert.match(await running.send("still"), /^451 4\.3\.0 /);
      await strace.stop("SIGINT");
      await running.waitForHealth("");
      assert.match(await running.send("after"), /^250 /);
      await allArrive(running, 2);
    },
  );
}

test(
  "a body file whose sync fails is refused for now and leaves nothing behind",
  needsTool("strace"),
  async (t) => {
    const running = await run(t, "");
    const strace = await traced(t, running.server.pid, "-e", "inject=fsync,fdatasync:error=EIO");
    assert.match(await running.send(KIB_400), /^451 4\.3\.0 /);
    assert.deepEqual(await readdir(join(running.folder.dataFolder, "Spool")), []);
    await strace.stop("SIGINT");
    assert.match(await running.send(KIB_400), /^250 /);
    await allArrive(running, 1);
  },
);

test(
  "the store gives up when the database itself cannot be synced, and the next process has everything",
  needsTool("strace"),
  async (t) => {
    const running = await run(t, "");
    await running.folder.configure(["relay", "set", "relay.enabled=false"]);
    const path = join(running.folder.dataFolder, "postern.db");
    await traced(t, running.server.pid, "-P", path, "-e", "inject=fsync,fdatasync:error=EIO");
    let taken = 0;
    for (; taken < 400 && !running.server.log().includes('"store-failed"'); taken += 1) {
      const reply = await running.send(KIB_200).catch(() => "closed");
      if (!reply.startsWith("250")) break;
    }
    assert.ok(taken > 100, `${taken} messages were taken\n${running.server.log()}`);
    await waitUntil(
      () => `the store has not given up\n${running.server.log()}`,
      async () => (running.server.log().includes('"store-failed"') ? true : undefined),
    );
    // It would end by itself with 1, after it has given its deliveries their time.
    await running.server.end("SIGKILL");
    const again = await running.folder.serve();
    t.after(() => again.end());
    // The message that was refused may be there as well.
    await running.folder.waitForEmptyQueue();
    const arrived = await running.folder.mailbox(ALICE.user).count();
    assert.ok(arrived === taken || arrived === taken + 1, `${arrived} of ${taken}`);
  },
);
