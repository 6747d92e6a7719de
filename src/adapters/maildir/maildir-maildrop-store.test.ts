import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { MessageId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import { maildropStoreContract } from "../../ports/contract/maildrop-store-contract.ts";
import type { Maildrop } from "../../ports/maildrop-store.ts";
import { maildirMailboxStore } from "./maildir-mailbox-store.ts";
import { maildirMaildropStore } from "./maildir-maildrop-store.ts";

const ALICE = { mailbox: "alice@example.test", postoffice: "acme" };

async function folder(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "postern-maildrop-"));
  t.after(() => rm(root, { recursive: true }));
  const store = maildirMaildropStore({ root, onIndexFailure: (error) => assert.fail(String(error)) });
  const maildir = (mailbox: string) => join(root, "acme", mailbox, "Maildir");
  const alice = maildir(ALICE.mailbox);
  const put = async (mailbox: string, file: string, content: string) => {
    for (const part of ["tmp", "new", "cur"]) await mkdir(join(maildir(mailbox), part), { recursive: true });
    await writeFile(join(maildir(mailbox), file), content, "latin1");
  };
  const open = async (): Promise<Maildrop> => {
    const maildrop = await store.open(ALICE);
    assert.ok(maildrop !== "in-use");
    return maildrop;
  };
  return { root, store, maildir, alice, put, open };
}

maildropStoreContract("Maildir", async (t) => {
  const { store, put, maildir } = await folder(t);
  return {
    store,
    deliver: (mailbox, name, content) => put(mailbox, `new/${name}`, content),
    takeAway: (mailbox, name) => rm(join(maildir(mailbox), "new", name)),
  };
});

test("what our own delivery writes opens without a look into the files", async (t) => {
  const { root, open, alice } = await folder(t);
  await maildirMailboxStore({ root, hostname: "mx.test" }).deliver(ALICE.mailbox, {
    message: 4711 as MessageId,
    postoffice: ALICE.postoffice,
    header: "Return-Path: <bob@peer.test>\r\n",
    body: [Buffer.from("\r\nhello\r\n")],
    acceptedAt: instant(1_700_000_000_000),
    retried: false,
  });
  const maildrop = await open();
  assert.deepEqual(maildrop.messages, [{ uid: "1700000000.M4K7.mx.test", octets: 39 }]);
  assert.ok(!existsSync(join(alice, "postern-sizes")));
});

test("new and cur are one mailbox in the order of arrival, without hidden files", async (t) => {
  const { put, open } = await folder(t);
  await put(ALICE.mailbox, "new/30.c", "x\n");
  await put(ALICE.mailbox, "cur/9.a,S=2:2,S", "x\n");
  await put(ALICE.mailbox, "cur/10.b:2,RS", "x\n");
  await put(ALICE.mailbox, "cur/.hidden", "x\n");
  await put(ALICE.mailbox, "tmp/11.unfinished", "x\n");
  assert.deepEqual(
    (await open()).messages.map(({ uid }) => uid),
    ["9.a", "10.b", "30.c"],
  );
});

test("a message that is seen in new and cur at once counts once", async (t) => {
  const { put, open } = await folder(t);
  await put(ALICE.mailbox, "new/1.a,S=2", "x\n");
  await put(ALICE.mailbox, "cur/1.a,S=2:2,", "x\n");
  assert.equal((await open()).messages.length, 1);
});

test("a name that is no unique id of POP3 is hashed, always the same", async (t) => {
  const { put, open } = await folder(t);
  await put(ALICE.mailbox, `new/1.${"x".repeat(80)}`, "x\n");
  await put(ALICE.mailbox, "new/2.with blank", "x\n");
  const first = await open();
  for (const { uid } of first.messages) assert.match(uid, /^[\w-]{43}$/);
  await first.close();
  assert.deepEqual((await open()).messages, first.messages);
});

test("a unique id does not change with flags, sizes and the folder", async (t) => {
  const { put, open, alice } = await folder(t);
  await put(ALICE.mailbox, "new/1.a", "x\n");
  const first = await open();
  await first.close();
  await rename(join(alice, "new/1.a"), join(alice, "cur/1.a,S=2,W=3:2,RS"));
  assert.deepEqual((await open()).messages, first.messages);
});

test("sizes that names do not tell are counted once and remembered", async (t) => {
  const { put, open, alice } = await folder(t);
  await put(ALICE.mailbox, "new/1.a", "a\nb\n");
  await put(ALICE.mailbox, "new/2.b,S=9", "a\nb\nc\n");
  const first = await open();
  assert.deepEqual(
    first.messages.map(({ octets }) => octets),
    [6, 9],
  );
  await first.close();
  const [head, ...lines] = (await readFile(join(alice, "postern-sizes"), "utf8")).split("\n");
  assert.deepEqual([head, ...lines.sort()], ["postern-sizes 1", "", "6 1.a", "9 2.b"]);
  // Not read again: the size would be another one now.
  await writeFile(join(alice, "new/1.a"), "longer than before\n");
  const second = await open();
  assert.equal(second.messages[0]?.octets, 6);
  // All the same the message is sent whole.
  const content = await second.read(0);
  assert.equal((await content?.next())?.value?.toString(), "longer than before\n");
  await second.close();
});

test("an index that is damaged is made anew", async (t) => {
  const { put, open, alice } = await folder(t);
  await put(ALICE.mailbox, "new/1.a", "a\nb\n");
  for (const damage of ["", "postern-sizes 2\n5 1.a\n", "postern-sizes 1\n-5 1.a\nx\n", "\0\0\0"]) {
    await writeFile(join(alice, "postern-sizes"), damage);
    const maildrop = await open();
    assert.equal(maildrop.messages[0]?.octets, 6, JSON.stringify(damage));
    await maildrop.close();
  }
});

test("a message that a mail reader moves and flags meanwhile is read and deleted all the same", async (t) => {
  const { put, open, alice } = await folder(t);
  await put(ALICE.mailbox, "new/1.a", "one\n");
  await put(ALICE.mailbox, "new/2.b", "two\n");
  const maildrop = await open();
  for (const name of ["1.a", "2.b"]) await rename(join(alice, "new", name), join(alice, `cur/${name}:2,S`));
  const content = await maildrop.read(0);
  assert.equal((await content?.next())?.value?.toString(), "one\n");
  assert.equal(await maildrop.remove([0, 1]), 0);
  assert.ok(!existsSync(join(alice, "cur/1.a:2,S")) && !existsSync(join(alice, "cur/2.b:2,S")));
});

test("what cannot be deleted is counted, and the rest is deleted", async (t) => {
  const { put, open, alice } = await folder(t);
  await put(ALICE.mailbox, "new/1.a", "x\n");
  const maildrop = await open();
  await rm(join(alice, "new/1.a"));
  // Where the file was there is a folder: no unlink takes it away, for root as well.
  await mkdir(join(alice, "new/1.a"));
  assert.equal(await maildrop.remove([0]), 1);
});

test("a disk that does not answer makes the mailbox unavailable, and it is not left locked", async (t) => {
  const { store, alice } = await folder(t);
  await mkdir(alice, { recursive: true });
  await writeFile(join(alice, "new"), "");
  for (let times = 0; times < 2; times += 1)
    await assert.rejects(store.open(ALICE), { code: "maildrop-unavailable" });
});

test("a name that leads elsewhere is refused", async (t) => {
  const { store } = await folder(t);
  for (const name of [
    { mailbox: "../../etc@example.test", postoffice: "acme" },
    { mailbox: "alice@example.test", postoffice: ".." },
  ])
    await assert.rejects(store.open(name), { code: "maildrop-unavailable" });
});
