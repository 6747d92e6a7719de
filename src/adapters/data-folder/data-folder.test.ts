import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { controlSocketPath } from "./control-socket.ts";
import {
  beginSetUp,
  dataFolderState,
  endSetUp,
  makeDataFolder,
  openDataFolder,
  writeFirstLogin,
  writeOnce,
} from "./data-folder.ts";
import { dataPaths } from "./data-paths.ts";

const base = await mkdtemp(join(tmpdir(), "postern-data-"));
after(() => rm(base, { recursive: true }));

let count = 0;
/** A data folder of its own for one test, with an empty configuration. */
async function folderWithConfig(): Promise<string> {
  count += 1;
  const folder = join(base, `data-${count}`);
  const paths = await makeDataFolder(folder);
  await writeOnce(paths.config, "");
  return folder;
}

test("a folder without a configuration is refused with the command that makes it", async () => {
  const opened = await openDataFolder(join(base, "nothing"));
  assert.ok(!opened.ok);
  assert.equal(opened.error.code, "not-set-up");
  assert.match(opened.error.message, /postern setup --data .*nothing/);
});

test("the folders are made for nobody but their owner", async () => {
  const paths = dataPaths(await folderWithConfig());
  for (const folder of [paths.root, paths.connections, paths.postoffices, paths.spool, paths.run]) {
    assert.equal((await stat(folder)).mode & 0o777, 0o700, folder);
  }
});

test("a folder that is open cannot be opened again until it is released", async () => {
  const folder = await folderWithConfig();
  const first = await openDataFolder(folder);
  assert.ok(first.ok);
  const second = await openDataFolder(folder);
  assert.ok(!second.ok);
  assert.equal(second.error.code, "in-use");
  assert.match(second.error.message, new RegExp(`in use by process ${process.pid};`));
  first.value.release();
  const third = await openDataFolder(folder);
  assert.ok(third.ok);
  third.value.release();
});

test("the lock of another process holds, and is gone with it even after kill -9", async (t) => {
  const folder = await folderWithConfig();
  const module = new URL("data-folder.ts", import.meta.url).href;
  const script = `import { openDataFolder } from ${JSON.stringify(module)};
    const opened = await openDataFolder(${JSON.stringify(folder)});
    console.log(opened.ok ? "locked" : opened.error.message);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  t.after(() => child.kill("SIGKILL"));
  const [line] = await once(child.stdout, "data");
  assert.equal(String(line).trim(), "locked");

  const refused = await openDataFolder(folder);
  assert.ok(!refused.ok);
  assert.match(refused.error.message, new RegExp(`in use by process ${child.pid};`));

  child.kill("SIGKILL");
  await once(child, "exit");
  const opened = await openDataFolder(folder);
  assert.ok(opened.ok, "the lock outlived its process");
  opened.value.release();
});

test("the version is written at the first opening, and a newer one is refused without touching anything", async () => {
  const folder = await folderWithConfig();
  const paths = dataPaths(folder);
  const opened = await openDataFolder(folder);
  assert.ok(opened.ok);
  opened.value.release();
  assert.equal(await readFile(paths.version, "utf8"), "1\n");

  for (const [text, told] of [
    ["2\n", /is of version 2, and this Postern knows only up to 1; nothing was changed/],
    ["soon", /holds no version number/],
  ] as const) {
    await writeFile(paths.version, text);
    const refused = await openDataFolder(folder);
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, "newer");
    assert.match(refused.error.message, told);
    assert.equal(await readFile(paths.version, "utf8"), text);
  }
});

test("a setup that was interrupted shows until it is ended", async () => {
  const folder = join(base, "unfinished");
  assert.equal(await dataFolderState(folder), "new");
  const paths = await makeDataFolder(folder);
  await beginSetUp(paths);
  assert.equal(await dataFolderState(folder), "new");
  await writeOnce(paths.config, "");
  assert.equal(await dataFolderState(folder), "unfinished");
  await endSetUp(paths);
  assert.equal(await dataFolderState(folder), "set-up");
  // A setup that is repeated on a folder in use has nothing to begin.
  await beginSetUp(paths);
  assert.equal(await dataFolderState(folder), "set-up");
});

test("a file is written once and never over another", async () => {
  const file = join(base, "deep", "once");
  assert.equal(await writeOnce(file, "first"), true);
  assert.equal(await writeOnce(file, "second"), false);
  assert.equal(await readFile(file, "utf8"), "first");
});

test("first passwords are kept in a file that only its owner can read, and none is lost", async () => {
  const paths = dataPaths(await folderWithConfig());
  await writeFirstLogin(paths, ["mailbox a"]);
  assert.equal(await writeFirstLogin(paths, ["administrator b"]), paths.firstLogin);
  const text = await readFile(paths.firstLogin, "utf8");
  assert.match(text, /^First passwords.*\nmailbox a\nadministrator b\n$/);
  assert.equal((await stat(paths.firstLogin)).mode & 0o777, 0o600);
});

const HOST = { platform: "linux" as const, temporaryFolder: base, uid: process.getuid?.() };

test("the control socket is in the data folder where its path is short enough", async () => {
  const paths = await makeDataFolder(join(base, "short"));
  await writeFile(paths.controlPath, "/from/before\n");
  assert.deepEqual(await controlSocketPath(paths, HOST), {
    ok: true,
    value: join(paths.run, "control.sock"),
  });
  await assert.rejects(readFile(paths.controlPath), { code: "ENOENT" });
});

test("a path that is too long for a socket is replaced by one that is written down", async () => {
  const paths = await makeDataFolder(join(base, "long".repeat(25)));
  const result = await controlSocketPath(paths, HOST);
  assert.ok(result.ok);
  assert.ok(result.value.startsWith(join(base, `postern-${HOST.uid}`)));
  assert.equal(await readFile(paths.controlPath, "utf8"), `${result.value}\n`);
});

test("a temporary folder that is open to others or a link is not trusted with the socket", async () => {
  const paths = await makeDataFolder(join(base, "wide".repeat(25)));
  const open = join(base, "tmp-open");
  await mkdir(join(open, `postern-${HOST.uid}`), { recursive: true });
  await chmod(join(open, `postern-${HOST.uid}`), 0o777);
  const link = join(base, "tmp-link");
  await mkdir(link);
  await symlink(base, join(link, `postern-${HOST.uid}`));
  for (const temporaryFolder of [open, link]) {
    const result = await controlSocketPath(paths, { ...HOST, temporaryFolder });
    assert.ok(!result.ok, temporaryFolder);
    assert.match(result.error, /belongs to somebody else or is open to others/);
  }
});

test("Windows has a named pipe of the folder's own", async () => {
  const paths = await makeDataFolder(join(base, "windows"));
  const result = await controlSocketPath(paths, { ...HOST, platform: "win32" });
  assert.ok(result.ok);
  assert.match(result.value, /^\\\\\.\\pipe\\postern-[0-9a-f]{32}$/);
  assert.equal(await readFile(paths.controlPath, "utf8"), `${result.value}\n`);
});
