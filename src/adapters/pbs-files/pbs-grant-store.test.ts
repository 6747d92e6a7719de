import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { tempDir } from "../../../test/support/temp-dir.ts";
import { parseIp } from "../../core/ip-address.ts";
import { grantStoreContract } from "../../ports/contract/grant-store-contract.ts";
import { NOON } from "../../ports/contract/sample-message.ts";
import { pbsGrantStore } from "./pbs-grant-store.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await tempDir();
  t.after(() => folder.remove());
  return folder.path;
}

/** Puts a file there as another program would. */
function drop(folder: string, name: string, content: string | Buffer = ""): void {
  writeFileSync(join(folder, name), content);
  utimesSync(join(folder, name), NOON / 1000, NOON / 1000);
}

function ip(text: string) {
  const address = parseIp(text);
  assert.ok(address);
  return address;
}

grantStoreContract("pbs files", async (t) => pbsGrantStore(join(await folderOf(t), "Config", "Connections")));

test("a login is a file named after the address, with the time of the login and the account in it", async (t) => {
  const folder = await folderOf(t);
  const grants = pbsGrantStore(folder);
  await grants.allow(ip("192.0.2.7"), "alice@example.test", NOON);
  await grants.allow(ip("2001:db8::7"), undefined, NOON);
  assert.deepEqual(readdirSync(folder).sort(), ["192.0.2.7.pbs", "2001-db8--7.pbs"]);
  assert.equal(readFileSync(join(folder, "192.0.2.7.pbs"), "utf8"), "alice@example.test\n");
  assert.equal(statSync(join(folder, "192.0.2.7.pbs")).mtimeMs, NOON);
  assert.equal(readFileSync(join(folder, "2001-db8--7.pbs"), "utf8"), "");
});

test("a file that another program touches is a grant without identity", async (t) => {
  const folder = await folderOf(t);
  drop(folder, "192.0.2.7.pbs");
  drop(folder, "2001-db8--7.pbs");
  for (const text of ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"]) {
    assert.deepEqual(await pbsGrantStore(folder).find(ip(text), 128), { loggedInAt: NOON, accounts: [] });
  }
});

test("lines are accounts: trimmed, in lower case, each once; what is none is passed over", async (t) => {
  const folder = await folderOf(t);
  drop(
    folder,
    "192.0.2.7.pbs",
    " Alice@example.test \r\n\r\nbob\n# note\nalice@EXAMPLE.test\ncarol@example.test",
  );
  assert.deepEqual((await pbsGrantStore(folder).find(ip("192.0.2.7"), 128))?.accounts, [
    "alice@example.test",
    "carol@example.test",
  ]);
});

test("of a file that is too large only whole lines of its beginning count", async (t) => {
  const folder = await folderOf(t);
  const first = "first@example.test\n";
  drop(
    folder,
    "192.0.2.7.pbs",
    `${first}${"#".repeat(65_536 - first.length - 20)}\nx@example.test.example.org\n`,
  );
  assert.deepEqual((await pbsGrantStore(folder).find(ip("192.0.2.7"), 128))?.accounts, [
    "first@example.test",
  ]);
  const many = Array.from({ length: 1200 }, (_, n) => `user${n}@example.test\n`).join("");
  drop(folder, "192.0.2.8.pbs", many);
  const grants = pbsGrantStore(folder);
  assert.equal((await grants.find(ip("192.0.2.8"), 128))?.accounts.length, 1000);
  await grants.allow(ip("192.0.2.8"), "new@example.test", NOON);
  const { accounts = [] } = (await grants.find(ip("192.0.2.8"), 128)) ?? {};
  assert.deepEqual([accounts.length, accounts.at(-1)], [1000, "new@example.test"]);
});

test("links and folders are no grants, whatever they are called", async (t) => {
  const folder = await folderOf(t);
  const secret = join(await folderOf(t), "secret");
  writeFileSync(secret, "alice@example.test\n");
  symlinkSync(secret, join(folder, "192.0.2.7.pbs"));
  mkdirSync(join(folder, "192.0.2.8.pbs"));
  const grants = pbsGrantStore(folder);
  assert.equal(await grants.find(ip("192.0.2.7"), 128), undefined);
  assert.equal(await grants.find(ip("192.0.2.8"), 128), undefined);
  assert.deepEqual(await grants.list(), { grants: [], junk: ["192.0.2.7.pbs", "192.0.2.8.pbs"] });
  assert.equal(await grants.revoke(ip("192.0.2.8")), false);
  await grants.allow(ip("192.0.2.7"), "bob@example.test", NOON);
  assert.equal(readFileSync(secret, "utf8"), "alice@example.test\n");
  assert.deepEqual((await grants.find(ip("192.0.2.7"), 128))?.accounts, ["bob@example.test"]);
});

test("names that are no address are told as junk, and count for nobody", async (t) => {
  const folder = await folderOf(t);
  const junk = ["192.0.2.pbs", "2001-DB8--1.pbs", "2001-db8-0--1.pbs", "192.0.2.7.txt", "readme"];
  for (const name of [...junk, ".hidden.tmp", "192.0.2.7.pbs", "2001-db8--1.pbs"]) drop(folder, name);
  const grants = pbsGrantStore(folder);
  const listed = await grants.list();
  assert.deepEqual(
    listed.grants.map(({ client }) => client),
    ["192.0.2.7", "2001:db8::1"],
  );
  assert.deepEqual(listed.junk, junk.toSorted());
  assert.equal(await grants.revoke(ip("2001:db8::1")), true);
  assert.equal(await grants.find(ip("2001:db8::1"), 64), undefined);
});

test("a folder that cannot be read is no answer, and one that is missing holds no grants", async (t) => {
  const folder = await folderOf(t);
  const missing = pbsGrantStore(join(folder, "missing"));
  assert.equal(await missing.find(ip("192.0.2.7"), 128), undefined);
  assert.equal(await missing.find(ip("2001:db8::7"), 64), undefined);
  assert.equal(await missing.revoke(ip("192.0.2.7")), false);
  drop(folder, "file");
  const unusable = pbsGrantStore(join(folder, "file"));
  await assert.rejects(unusable.find(ip("192.0.2.7"), 128), /ENOTDIR/);
  await assert.rejects(unusable.find(ip("2001:db8::7"), 64), /ENOTDIR/);
  await assert.rejects(unusable.list(), /ENOTDIR/);
  await assert.rejects(unusable.allow(ip("192.0.2.7"), undefined, NOON));
});
