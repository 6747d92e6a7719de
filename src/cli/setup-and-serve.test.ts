import assert from "node:assert/strict";
import { test } from "node:test";
import { cliTerminal } from "../../test/support/cli-terminal.ts";
import type { SetUpAnswers, SetUpReport } from "../admin/set-up.ts";
import { ok } from "../core/result.ts";
import type { CliActions, ReadyServer } from "./actions.ts";

const REPORT: SetUpReport = {
  hostname: "mx.example.test",
  config: "made",
  certificate: "made",
  domain: "example.test",
  mailbox: "alice@example.test",
  administrator: "admin",
  firstLoginFile: "/d/Config/first-login.txt",
};

const READY: ReadyServer = {
  hostname: "mx.example.test",
  listeners: [{ name: "mx", protocol: "smtp", address: "127.0.0.1", port: 2525 }],
};

/** Actions on a data folder in some state, which note what they were called with. */
function noting(state: "new" | "unfinished" | "set-up") {
  const setUps: SetUpAnswers[] = [];
  const logs: string[] = [];
  const actions: Partial<CliActions> = {
    dataFolderState: async () => state,
    async setUp(_dataDir, answers) {
      setUps.push(answers);
      return ok(REPORT);
    },
    async serve({ log, ready }) {
      logs.push(log);
      ready(READY);
      return ok(undefined);
    },
  };
  return { actions, setUps, logs };
}

const DEFAULTS = {
  hostname: "mx.example.test",
  domain: "example.test",
  postoffice: "example",
  mailbox: "alice@example.test",
  administrator: "admin",
};

test("without a terminal, or told to, setup takes defaults from the host name", async () => {
  const { actions, setUps } = noting("new");
  await cliTerminal({ actions }).run("setup");
  await cliTerminal({ actions, answers: [] }).run("setup --defaults");
  await cliTerminal({ actions }).run("setup --hostname Mail.Other.Test");
  await cliTerminal({ actions, io: { machineName: "laptop" } }).run("setup");
  assert.deepEqual(setUps[0], DEFAULTS);
  assert.deepEqual(setUps[1], DEFAULTS);
  assert.equal(setUps[2]?.hostname, "mail.other.test");
  assert.equal(setUps[2]?.mailbox, "alice@other.test");
  assert.equal(setUps[3]?.hostname, "mail.example.test");
  assert.equal((await cliTerminal({ actions }).run("setup --hostname 192.0.2.1")).code, 64);
});

test("at a terminal setup asks, and an empty password is made up later", async () => {
  const { actions, setUps } = noting("new");
  const asked: string[] = [];
  const answers = ["", "sub.example.test", "carol@sub.example.test", "pw", "pw", ""];
  const { code, stdout } = await cliTerminal({ actions, answers, asked }).run("setup");
  assert.equal(code, 0);
  assert.deepEqual(setUps[0], {
    ...DEFAULTS,
    domain: "sub.example.test",
    postoffice: "sub",
    mailbox: "carol@sub.example.test",
    mailboxPassword: "pw",
  });
  assert.equal(asked.length, 6);
  assert.match(stdout, /first passwords are in \/d\/Config\/first-login\.txt/);
  assert.doesNotMatch(stdout, /pw\b/);
});

test("a person who gives up makes nothing", async () => {
  const { actions, setUps } = noting("new");
  assert.equal((await cliTerminal({ actions, answers: ["", undefined, "x@y.test"] }).run("setup")).code, 64);
  assert.deepEqual(setUps, []);
});

test("a folder that is set up is not asked about", async () => {
  const { actions, setUps } = noting("set-up");
  assert.equal((await cliTerminal({ actions, answers: [] }).run("setup")).code, 0);
  assert.equal(setUps.length, 1);
});

test("serve says in one line of JSON where it listens, and a failure is an exit code", async () => {
  const { actions, logs } = noting("set-up");
  const { code, stdout } = await cliTerminal({ actions }).run("serve");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { event: "ready", ...READY });
  assert.equal(stdout.trim().split("\n").length, 1);
  assert.deepEqual(logs, ["json"]);
  const serve: CliActions["serve"] = async () => ({
    ok: false,
    error: { kind: "configuration", message: "postern.toml:1: no" },
  });
  const failed = await cliTerminal({ actions: { ...actions, serve } }).run("serve");
  assert.deepEqual(failed, { code: 78, stdout: "", stderr: "postern: postern.toml:1: no\n" });
});

test("start sets a new folder up first, and leaves one that is ready alone", async () => {
  for (const [state, expected] of [
    ["new", 1],
    ["unfinished", 1],
    ["set-up", 0],
  ] as const) {
    const { actions, setUps } = noting(state);
    const { code, stdout, stderr } = await cliTerminal({ actions }).run("start");
    assert.equal(code, 0);
    assert.equal(setUps.length, expected, state);
    // A program reads stdout; what is for people goes beside it.
    assert.equal(JSON.parse(stdout).event, "ready");
    assert.match(stderr, /mx\.example\.test is ready.*\n[\s\S]*What to do next/);
  }
});

test("at a terminal start writes for a person", async () => {
  const { actions, logs } = noting("set-up");
  const { stdout, stderr } = await cliTerminal({ actions, answers: [] }).run("start");
  assert.match(stdout, /LISTENER {2}PROTOCOL/);
  assert.equal(stderr, "");
  assert.deepEqual(logs, ["text"]);
});
