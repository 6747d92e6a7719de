import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext } from "../../test/support/memory-admin-context.ts";
import { err, ok } from "../core/result.ts";
import { randomPassword } from "./random-password.ts";
import { type SetUpParts, setUp } from "./set-up.ts";
import { defaultDomain, defaultHostname, defaultNames } from "./set-up-defaults.ts";

/** A data folder in memory. */
function folder(own: Partial<SetUpParts> = {}) {
  const { directory, hashPassword } = memoryAdminContext();
  const state = { config: undefined as string | undefined, lines: [] as string[], finished: 0, opened: 0 };
  const parts: SetUpParts = {
    prepareFolder: async () => {},
    readConfig: async () => state.config,
    writeConfig: async (text) => {
      state.config = text;
    },
    ensureCertificate: async () => ok("made"),
    async openDirectory() {
      state.opened += 1;
      return ok({
        directory,
        close: async () => {
          state.opened -= 1;
        },
      });
    },
    async writeFirstLogin(lines) {
      state.lines.push(...lines);
      return "/first-login.txt";
    },
    finish: async () => {
      state.finished += 1;
    },
    hashPassword,
    randomPassword: () => "made-up",
    ...own,
  };
  return { parts, state, directory };
}

const ANSWERS = defaultNames("mx.example.test");

test("a new folder gets configuration, certificate, domain, mailbox and administrator", async () => {
  const { parts, state, directory } = folder();
  assert.deepEqual(await setUp(parts, ANSWERS), {
    ok: true,
    value: {
      hostname: "mx.example.test",
      config: "made",
      certificate: "made",
      domain: "example.test",
      mailbox: "alice@example.test",
      administrator: "admin",
      firstLoginFile: "/first-login.txt",
    },
  });
  assert.match(state.config ?? "", /hostname = "mx\.example\.test"/);
  assert.deepEqual(
    state.lines.map((line) => line.split(/ {2,}/)),
    [
      ["mailbox", "alice@example.test", "made-up"],
      ["administrator", "admin", "made-up"],
    ],
  );
  assert.equal((await directory.account("alice@example.test"))?.credentials?.argon2id, "plain:made-up");
  assert.deepEqual([state.finished, state.opened], [1, 0]);
});

test("a password that a person chose is written nowhere", async () => {
  const { parts, state } = folder();
  const result = await setUp(parts, { ...ANSWERS, mailboxPassword: "own", administratorPassword: "own too" });
  assert.equal(result.ok && "firstLoginFile" in result.value, false);
  assert.deepEqual(state.lines, []);
});

test("a second setup changes nothing, whatever it is told", async () => {
  const { parts, state, directory } = folder();
  await setUp(parts, ANSWERS);
  const before = state.config;
  const second = await setUp(
    { ...parts, ensureCertificate: async () => ok("kept") },
    defaultNames("other.elsewhere.test"),
  );
  assert.deepEqual(second, {
    ok: true,
    value: { hostname: "mx.example.test", config: "kept", certificate: "kept" },
  });
  assert.equal(state.config, before);
  assert.equal((await directory.listDomains()).length, 1);
});

test("a setup that broke off is taken up where it was", async () => {
  const { parts, directory } = folder();
  const broken = { ...directory, addMailbox: async () => err("the disk is full") };
  const failed = await setUp(
    { ...parts, openDirectory: async () => ok({ directory: broken, close: async () => {} }) },
    ANSWERS,
  );
  assert.deepEqual(failed, { ok: false, error: "the disk is full" });
  const result = await setUp(parts, ANSWERS);
  assert.equal(result.ok && result.value.mailbox, "alice@example.test");
  assert.equal((await directory.listPostoffices()).length, 1);
});

test("a configuration that is wrong is told and nothing else is touched", async () => {
  const { parts, state } = folder({ readConfig: async () => "hostnme = 1" });
  const result = await setUp(parts, ANSWERS);
  assert.match(
    result.ok ? "" : result.error,
    /postern\.toml:1: hostnme is not known; did you mean hostname\?/,
  );
  assert.deepEqual([state.finished, state.opened, state.lines.length], [0, 0, 0]);
});

test("a configuration without TLS gets no certificate", async () => {
  const config =
    'hostname = "mx.example.test"\n[[listeners]]\nname = "mx"\nprotocol = "smtp"\naddress = "127.0.0.1"\nport = 0\n';
  const { parts } = folder({ readConfig: async () => config, ensureCertificate: () => assert.fail("asked") });
  const result = await setUp(parts, ANSWERS);
  assert.equal(result.ok && result.value.certificate, "none");
});

test("names follow from the host name", () => {
  assert.equal(defaultHostname("mx.example.test"), "mx.example.test");
  assert.equal(defaultHostname("laptop"), "mail.example.test");
  assert.equal(defaultHostname("my_host.example.test"), "mail.example.test");
  assert.equal(defaultDomain("mx.example.test"), "example.test");
  assert.equal(defaultDomain("example.test"), "example.test");
});

test("a made-up password has twenty characters that cannot be mistaken for others", () => {
  let next = 0;
  const limits = new Set<number>();
  const password = randomPassword((limit) => {
    limits.add(limit);
    next += 7;
    return next % limit;
  });
  assert.match(password, /^[a-km-zA-HJ-NP-Z2-9]{20}$/);
  assert.deepEqual([...limits], [56]);
});
