import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext } from "../../test/support/memory-admin-context.ts";
import { checkHealth, type HealthSeen, healthOf, NOT_RUNNING } from "./health.ts";
import { showHealth } from "./show-health.ts";

const DISK = { folder: "Spool", freeBytes: 1000, freeFiles: 1000, writable: true };
const WELL: HealthSeen = { disks: [DISK], minFreeBytes: 1000, queuedMessages: 9, maxQueuedMessages: 10 };

test("mail is taken while all bounds are kept, also where the system does not say", () => {
  assert.deepEqual(healthOf(WELL), { ready: true, reasons: [] });
  const mute = { ...DISK, freeBytes: undefined, freeFiles: undefined };
  assert.equal(healthOf({ ...WELL, disks: [mute] }).ready, true);
});

test("each cause is named, and all of them together", () => {
  const cases: readonly [Partial<HealthSeen>, string][] = [
    [{ disks: [DISK, { ...DISK, freeBytes: 999 }] }, "disk-low"],
    [{ disks: [{ ...DISK, freeFiles: 3 }] }, "disk-low"],
    [{ disks: [{ ...DISK, writable: false, freeBytes: 0 }] }, "disk-unwritable"],
    [{ queuedMessages: 10 }, "queue-full"],
    [{ storeFailure: "disk I/O error" }, "store-failing"],
    [{ queuedMessages: 11, storeFailure: "disk I/O error" }, "queue-full store-failing"],
  ];
  for (const [own, codes] of cases) {
    const found = healthOf({ ...WELL, ...own });
    assert.equal(found.ready, false);
    assert.equal(found.reasons.map(({ code }) => code).join(" "), codes);
  }
});

test("health can be asked by name, and doctor tells of it", async () => {
  const context = memoryAdminContext({ health: () => NOT_RUNNING });
  assert.deepEqual(await showHealth.run(context, {}), { ok: true, value: NOT_RUNNING });
  assert.equal((await checkHealth(context)).state, "warn");
  const failing = healthOf({ ...WELL, storeFailure: "disk I/O error" });
  assert.match((await checkHealth({ health: () => failing })).saw, /disk I\/O error/);
});
