import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../../core/instant.ts";
import { removeStaleDeliveries } from "./stale-deliveries.ts";

const NOW = instant(Date.UTC(2026, 10, 24));
const HOUR = 60 * 60 * 1000;

test("only files of tmp that nobody touched for 36 hours, or that are this host's own, are deleted", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "postern-stale-"));
  t.after(() => rm(root, { recursive: true }));
  const maildir = join(root, "acme", "alice@example.test", "Maildir");
  const put = async (folder: string, name: string, readHoursAgo: number, writtenHoursAgo: number) => {
    await mkdir(join(maildir, folder), { recursive: true });
    await writeFile(join(maildir, folder, name), "mail");
    const at = (hours: number) => new Date(NOW - hours * HOUR);
    await utimes(join(maildir, folder, name), at(readHoursAgo), at(writtenHoursAgo));
  };
  await put("tmp", "stale", 37, 37);
  await put("tmp", "young", 35, 35);
  await put("tmp", "read-lately", 1, 100);
  await put("tmp", "1700000000.M3NQK8N.mx.test.1", 0, 0);
  await put("tmp", "1700000000.M3NQK8N.other.test.1", 0, 0);
  await put("new", "old-mail", 100, 100);
  await put("new", "1700000000.M3NQK8N.mx.test.1", 100, 100);
  assert.equal(await removeStaleDeliveries(root, "mx.test", NOW), 2);
  assert.deepEqual((await readdir(join(maildir, "tmp"))).sort(), [
    "1700000000.M3NQK8N.other.test.1",
    "read-lately",
    "young",
  ]);
  assert.deepEqual((await readdir(join(maildir, "new"))).sort(), [
    "1700000000.M3NQK8N.mx.test.1",
    "old-mail",
  ]);
});

test("a folder that is not there yet has nothing stale", async () => {
  assert.equal(await removeStaleDeliveries(join(tmpdir(), "postern-no-such-folder"), "mx.test", NOW), 0);
});
