import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "commander";
import { cliTerminal } from "../../test/support/cli-terminal.ts";
import { memoryAdminContext } from "../../test/support/memory-admin-context.ts";
import { useCases } from "../admin/use-cases.ts";
import { commandContext } from "./command-context.ts";
import { buildProgram } from "./program.ts";

/** Every command of the program, with the words that lead to it. */
function allCommands(
  command: Command,
  words: readonly string[] = [],
): { words: string[]; command: Command }[] {
  return command.commands.flatMap((each) => {
    const path = [...words, each.name()];
    return each.commands.length > 0 ? allCommands(each, path) : [{ words: path, command: each }];
  });
}

function program(): Command {
  const io = { stdout: () => {}, stderr: () => {} };
  return buildProgram(io as never, "1.2.3", () => commandContext(io as never, {} as never, {}));
}

test("there is a command for every use case, and help with examples for every command", async () => {
  const commands = allCommands(program());
  const names = commands.map(({ words }) => words.join("."));
  assert.deepEqual(
    [...useCases.keys()].filter((name) => !names.includes(name)),
    [],
  );
  assert.deepEqual(names.filter((name) => !useCases.has(name)).sort(), ["serve", "setup", "start"]);
  for (const { words } of commands) {
    const { code, stdout } = await cliTerminal().run([...words, "--help"]);
    assert.equal(code, 0, words.join(" "));
    assert.match(stdout, /Examples:\n {2}postern /, words.join(" "));
    assert.match(stdout, /--json/, words.join(" "));
  }
});

test("help and version are done, bad usage is 64", async () => {
  const terminal = cliTerminal();
  assert.deepEqual(await terminal.run("--version"), { code: 0, stdout: "1.2.3\n", stderr: "" });
  assert.equal((await terminal.run("--help")).code, 0);
  for (const line of [
    "nonsense",
    "relay nonsense",
    "relay show --nonsense",
    "relay",
    "route add",
    "relay set",
  ]) {
    const { code, stdout, stderr } = await terminal.run(line);
    assert.equal(code, 64, line);
    assert.equal(stdout, "", line);
    assert.notEqual(stderr, "", line);
  }
  assert.match((await terminal.run("mailbx list")).stderr, /Did you mean mailbox/);
});

test("a refusal is 1 and bad input 64, each with one sentence on stderr", async () => {
  const terminal = cliTerminal();
  assert.deepEqual(await terminal.run("mailbox show a@b.test"), {
    code: 1,
    stdout: "",
    stderr: "postern: there is no mailbox a@b.test; mailbox list shows which there are\n",
  });
  const bad = await terminal.run("privileged add 192.0.2.5/28");
  assert.equal(bad.code, 64);
  assert.match(bad.stderr, /did you mean 192\.0\.2\.0\/28\?/);
});

test("with --json results are plain values and failures are JSON on stderr", async () => {
  const terminal = cliTerminal();
  await terminal.run("postoffice add acme");
  const listed = await terminal.run("--json postoffice list");
  assert.deepEqual(JSON.parse(listed.stdout), [{ name: "acme", domains: 0, mailboxes: 0 }]);
  const refused = await terminal.run("postoffice show other --json");
  assert.equal(refused.code, 1);
  assert.equal(JSON.parse(refused.stderr).error.code, "not-found");
});

test("a data folder that cannot be opened is 78 where a file must be changed, else 1", async () => {
  for (const [kind, code] of [
    ["configuration", 78],
    ["failed", 1],
  ] as const) {
    const openOffline = async () => ({ ok: false as const, error: { kind, message: "see to it" } });
    const run = await cliTerminal({ actions: { openOffline } }).run("relay show");
    assert.deepEqual(run, { code, stdout: "", stderr: "postern: see to it\n" });
  }
});

test("the data folder is that of --data, else of POSTERN_DATA, else data", async () => {
  const opened: string[] = [];
  const openOffline = async (dataDir: string) => {
    opened.push(dataDir);
    return { ok: false as const, error: { kind: "failed" as const, message: "" } };
  };
  await cliTerminal({ actions: { openOffline } }).run("relay show --data /a");
  await cliTerminal({ actions: { openOffline } }).run("relay show");
  await cliTerminal({ actions: { openOffline }, io: { env: {} } }).run("relay show");
  assert.deepEqual(opened, ["/a", "/nowhere/postern-data", "data"]);
});

test("the data folder is closed however the command ends", async () => {
  let closed = 0;
  const openOffline = async () => ({
    ok: true as const,
    value: {
      run: async (name: string) =>
        name === "relay.show"
          ? Promise.reject(new TypeError("a bug"))
          : { ok: false as const, error: { code: "refused" as const, message: "no" } },
      close: async () => {
        closed += 1;
      },
    },
  });
  const terminal = cliTerminal({ actions: { openOffline } });
  assert.equal((await terminal.run("admin list")).code, 1);
  await assert.rejects(terminal.run("relay show"), TypeError);
  assert.equal(closed, 2);
});

test("what others have said cannot steer the terminal", async () => {
  const context = memoryAdminContext();
  const evil = { mailbox: "a\u001b[2J@b.test", postoffice: "x", suspended: false, hasPassword: false };
  const directory = { ...context.directory, listMailboxes: async () => [evil] };
  const { stdout } = await cliTerminal({ context: { ...context, directory } }).run("mailbox list");
  assert.match(stdout, /a\?\[2J@b\.test/);
});
