import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import { folderName, hasMaildirName, isTemporaryName, maildirName, temporaryName } from "./maildir-name.ts";

const ID = 123456789 as MessageId;

test("a name is made of the time, the message and the host, always the same", () => {
  assert.equal(maildirName(ID, instant(1_700_000_000_999), "mx.test"), "1700000000.M3NQK8N.mx.test");
  assert.equal(maildirName(ID, instant(1_700_000_000_000), "a/b:c"), "1700000000.M3NQK8N.a\\057b\\072c");
});

test("a file is known by its name whatever size and flags follow", () => {
  const name = "1700000000.M3NQK8N.mx.test";
  for (const file of [name, `${name},S=12`, `${name}:2,S`, `${name},S=12:2,RS`]) {
    assert.ok(hasMaildirName(file, name), file);
  }
  assert.ok(!hasMaildirName(`${name}ing,S=12`, name));
  assert.ok(!hasMaildirName("1700000000.M3NQK8P.mx.test", name));
});

test("a file that is being written is known as this host's own", () => {
  for (const host of ["mx.test", "a/b:c"]) {
    const file = temporaryName(maildirName(ID, instant(1_700_000_000_000), host), 12);
    assert.ok(isTemporaryName(file, host), file);
  }
  const others = [
    "1700000000.M3NQK8N.mx.test",
    "1700000000.M3NQK8N.other.test.1",
    "1700000000.M77P1.mx.test.x",
    "x.1",
  ];
  for (const file of others) assert.ok(!isTemporaryName(file, "mx.test"), file);
});

test("a post office or mailbox is a folder under its own name", () => {
  for (const name of ["alice@example.test", "o'brien+tag=x@example.test", "Acme & Söhne", "a.b.c@d.test"]) {
    assert.deepEqual(folderName(name), { ok: true, value: name });
  }
});

test("nothing that could lead out of the folder is taken for a name", () => {
  const names = [
    "",
    ".",
    "..",
    ".hidden@a.test",
    "a/b@c.test",
    "../x",
    "a..b@c.test",
    "a\0@b.test",
    "a\n@b.test",
  ];
  for (const name of [...names, "a\\b@c.test", `${"x".repeat(250)}@b.test`]) {
    assert.ok(!folderName(name).ok, JSON.stringify(name));
  }
});
