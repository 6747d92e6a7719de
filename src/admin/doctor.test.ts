import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext, NOON } from "../../test/support/memory-admin-context.ts";
import { parseServerConfig } from "../config/parse-server-config.ts";
import { NEW_LISTENERS, renderServerConfig } from "../config/render-server-config.ts";
import { plusMs } from "../core/instant.ts";
import { err, ok } from "../core/result.ts";
import type { AdminContext } from "./admin-context.ts";
import { doctor } from "./doctor.ts";
import { type HostProbes, hostChecks } from "./host-checks.ts";
import { relaySet } from "./relay-settings.ts";

const GIB = 1024 ** 3;

/** Disks with so much room. */
const free =
  (...bytes: readonly number[]): HostProbes["disks"] =>
  async () =>
    bytes.map((freeBytes) => ({ folder: "Spool", freeBytes, freeFiles: undefined, writable: true }));

/** Probes of a machine where all is well, with what a test wants otherwise. */
function probes(own: Partial<HostProbes> = {}): HostProbes {
  const text = renderServerConfig({ hostname: "mx.example.test", listeners: NEW_LISTENERS });
  return {
    clock: () => NOON,
    readConfig: async () => parseServerConfig(text, "postern.toml"),
    loadCertificate: async () =>
      ok({ expiresAt: plusMs(NOON, 60 * 86_400_000), selfSigned: false, names: ["mx.example.test"] }),
    boundListeners: () => [{ name: "mx", address: "127.0.0.1", port: 2525 }],
    dataFolderMode: async () => 0o40700,
    disks: free(20 * GIB),
    lookUp: async () => ({ addresses: 2 }),
    ...own,
  };
}

/** What doctor says of one thing: state and what was seen. */
async function seen(context: AdminContext, name: string): Promise<string> {
  const result = await doctor.run(context, {});
  assert.ok(result.ok);
  const check = result.value.checks.find((each) => each.name === name);
  return `${check?.state}: ${check?.saw}`;
}

const host = (own: Partial<HostProbes>): AdminContext =>
  memoryAdminContext({ checks: hostChecks(probes(own)) });

test("a machine where all is well is healthy", async () => {
  const result = await doctor.run(host({}), {});
  assert.ok(result.ok);
  assert.equal(result.value.healthy, true);
  const bad = result.value.checks.filter(({ state }) => state !== "ok").map(({ name }) => name);
  // A new directory hosts nothing, which is all that there is to say.
  assert.deepEqual(bad, ["directory"]);
});

test("what is wrong comes first, with what to do", async () => {
  const result = await doctor.run(host({ dataFolderMode: async () => 0o40755 }), {});
  assert.ok(result.ok);
  assert.equal(result.value.healthy, false);
  assert.deepEqual(result.value.checks[0], {
    name: "data folder",
    state: "fail",
    saw: "others may enter it (0755)",
    todo: "chmod 700, since mail and keys are in it",
  });
});

test("each check of the machine tells good from bad", async () => {
  const days = (count: number) => plusMs(NOON, count * 86_400_000);
  const certificate = { selfSigned: false, names: ["mx.example.test"] };
  const cases: readonly [Partial<HostProbes>, string, RegExp][] = [
    [
      { readConfig: async () => parseServerConfig("", "postern.toml") },
      "configuration",
      /^fail: .*hostname is missing/,
    ],
    [{ loadCertificate: async () => undefined }, "certificate", /^warn: TLS is not configured/],
    [{ loadCertificate: async () => err("it expired") }, "certificate", /^fail: it expired/],
    [
      { loadCertificate: async () => ok({ ...certificate, expiresAt: days(5) }) },
      "certificate",
      /^warn: .*5 days/,
    ],
    [
      { loadCertificate: async () => ok({ ...certificate, expiresAt: days(99), selfSigned: true }) },
      "certificate",
      /^warn: .*self-signed/,
    ],
    [{ boundListeners: () => undefined }, "listeners", /^warn: no server runs/],
    [{ dataFolderMode: async () => undefined }, "data folder", /^ok: /],
    [{ disks: free(20 * GIB, 0.6 * GIB) }, "disk", /^warn: 0\.6 GiB free for Spool/],
    [{ disks: free(GIB / 20) }, "disk", /^fail: /],
    [
      { disks: async () => [{ folder: "Spool", freeBytes: GIB, freeFiles: 9, writable: false }] },
      "disk",
      /^fail: Spool cannot/,
    ],
    [{ lookUp: async () => ({ addresses: 0 }) }, "DNS", /^warn: DNS has no address for mx\.example\.test/],
    [
      { lookUp: async () => ({ noAnswer: "timeout" }) },
      "DNS",
      /^fail: no answer for mx\.example\.test: timeout/,
    ],
  ];
  for (const [own, name, expected] of cases) assert.match(await seen(host(own), name), expected);
});

test("a weak policy is a warning and an open one a failure", async () => {
  const context = memoryAdminContext();
  assert.match(await seen(context, "relay policy"), /^ok: policy 1 is closed/);
  await relaySet.run(context, { changes: ["localSenders.enabled=true"], confirm: "weak" });
  assert.match(await seen(context, "relay policy"), /^warn: policy 2 is weak/);
  await relaySet.run(context, { changes: ["relay.enabled=false"] });
  assert.match(await seen(context, "relay policy"), /^warn: relay is off/);
});

test("files among the grants that are none are reported by name", async () => {
  const context = memoryAdminContext();
  const grants = { ...context.grants, list: async () => ({ grants: [], junk: ["readme.txt"] }) };
  assert.match(await seen({ ...context, grants }, "POP grants"), /^warn: .*readme\.txt/);
});

test("a clock behind the journal's last decision is a failure", async () => {
  const context = memoryAdminContext();
  const search: AdminContext["journal"]["search"] = async () => [
    {
      id: 1 as never,
      at: plusMs(NOON, 3_600_000),
      client: "192.0.2.1",
      listener: "mx",
      tls: false,
      helo: "",
      sender: "",
      recipient: "",
      verdict: "reject",
      reason: "denied-no-ground",
      grounds: [],
      identity: "anonymous",
      policy: 1,
      reply: "",
    },
  ];
  assert.match(await seen({ ...context, journal: { ...context.journal, search } }, "clock"), /^fail: /);
});
