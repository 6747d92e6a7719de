import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { MessageId } from "../../core/ids.ts";
import { instant } from "../../core/instant.ts";
import type { MailboxDelivery } from "../../ports/mailbox-store.ts";
import { maildirMailboxStore } from "./maildir-mailbox-store.ts";

const HEADER = "Return-Path: <bob@peer.test>\r\nDelivered-To: alice@example.test\r\n";
let root: string;
let maildir: string;

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), "postern-maildir-")), "Postoffices");
  maildir = join(root, "acme", "alice@example.test", "Maildir");
});
afterEach(() => rm(join(root, ".."), { recursive: true }));

const store = () => maildirMailboxStore({ root, hostname: "mx.test" });
const delivery = (changes: Partial<MailboxDelivery> = {}): MailboxDelivery => ({
  message: 4711 as MessageId,
  postoffice: "acme",
  header: HEADER,
  body: [Buffer.from("Subject: hi\r\n\r\nfrom\xff\0 me\r\n.", "latin1")],
  acceptedAt: instant(1_700_000_000_000),
  retried: false,
  ...changes,
});
const files = async (folder: string) => (await readdir(join(maildir, folder))).sort();

test("the first delivery makes the Maildir, for its owner only, and leaves the bytes as they came", async () => {
  await store().deliver("Alice@example.test", delivery());
  const [name, ...others] = await files("new");
  assert.match(name!, /^1700000000\.M4K7\.mx\.test,S=\d+$/);
  assert.deepEqual(others, []);
  const bytes = await readFile(join(maildir, "new", name!), "latin1");
  assert.equal(bytes, `${HEADER}Subject: hi\r\n\r\nfrom\xff\0 me\r\n.`);
  assert.equal(name!.split("S=")[1], String(bytes.length));
  assert.deepEqual([await files("tmp"), await files("cur")], [[], []]);
  for (const folder of [maildir, join(maildir, "new"), join(maildir, "..")]) {
    assert.equal((await stat(folder)).mode & 0o777, 0o700, folder);
  }
  assert.equal((await stat(join(maildir, "new", name!))).mode & 0o777, 0o600);
});

test("a body of many chunks comes out whole", async () => {
  async function* body() {
    for (let i = 0; i < 20; i += 1) yield Buffer.alloc(50_000, i);
  }
  await store().deliver("alice@example.test", delivery({ body: body() }));
  const [name] = await files("new");
  const expected = Buffer.concat([
    Buffer.from(HEADER),
    ...Array.from({ length: 20 }, (_, i) => Buffer.alloc(50_000, i)),
  ]);
  assert.ok((await readFile(join(maildir, "new", name!))).equals(expected));
});

test("different messages do not meet, at one time and in one mailbox", async () => {
  const mailboxes = store();
  const ids = Array.from({ length: 50 }, (_, i) => (i + 1) as MessageId);
  await Promise.all(ids.map((message) => mailboxes.deliver("alice@example.test", delivery({ message }))));
  assert.equal((await files("new")).length, 50);
});

test("the same message twice leaves one file, one after the other and at the same time", async () => {
  const mailboxes = store();
  await mailboxes.deliver("alice@example.test", delivery());
  await mailboxes.deliver("alice@example.test", delivery());
  await Promise.all([1, 2, 3].map(() => mailboxes.deliver("alice@example.test", delivery())));
  assert.equal((await files("new")).length, 1);
  assert.deepEqual(await files("tmp"), []);
});

test("a retried delivery finds its message where a reader has moved and flagged it", async () => {
  const mailboxes = store();
  await mailboxes.deliver("alice@example.test", delivery());
  const [name] = await files("new");
  await rename(join(maildir, "new", name!), join(maildir, "cur", `${name}:2,S`));
  await mailboxes.deliver("alice@example.test", delivery({ retried: true }));
  assert.deepEqual([await files("new"), (await files("cur")).length], [[], 1]);
});

test("a retried delivery that left nothing but a piece in tmp is made again", async () => {
  await mkdir(join(maildir, "tmp"), { recursive: true });
  await writeFile(
    join(maildir, "tmp", "1700000000.M4K7.mx.test.1"),
    "a longer piece of mail than the mail is".repeat(99),
  );
  await mkdir(join(maildir, "new"));
  await store().deliver("alice@example.test", delivery({ retried: true }));
  const [name] = await files("new");
  assert.ok((await readFile(join(maildir, "new", name!), "latin1")).startsWith(`${HEADER}Subject`));
});

test("a disk that does not take the message makes the mailbox unavailable and leaves nothing behind", async () => {
  await mkdir(join(maildir, "tmp"), { recursive: true });
  // Where `new` should be there is a file: the rename fails, for root as well.
  await writeFile(join(maildir, "new"), "");
  await assert.rejects(store().deliver("alice@example.test", delivery()), { code: "mailbox-unavailable" });
  assert.deepEqual(await files("tmp"), []);
});

test("a body that breaks off leaves nothing behind", async () => {
  async function* body() {
    yield Buffer.from("Subject: half");
    throw new Error("the spool file is gone");
  }
  await assert.rejects(
    store().deliver("alice@example.test", delivery({ body: body() })),
    /spool file is gone/,
  );
  assert.deepEqual([await files("tmp"), await files("new")], [[], []]);
});

test("a name that leads elsewhere is refused before anything is written", async () => {
  await mkdir(root, { recursive: true });
  for (const [mailbox, postoffice] of [
    ["../../etc@example.test", "acme"],
    ["alice@example.test", ".."],
    [".alice@example.test", "acme"],
  ] as const) {
    await assert.rejects(store().deliver(mailbox, delivery({ postoffice })), { code: "mailbox-unavailable" });
  }
  assert.deepEqual(await readdir(root), []);
});
