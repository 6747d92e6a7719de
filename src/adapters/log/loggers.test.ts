import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../../core/instant.ts";
import { jsonLogger } from "./json-logger.ts";
import { textLogger } from "./text-logger.ts";

const clock = () => instant(Date.UTC(2026, 10, 24, 9, 8, 7));

test("the JSON log has a line an event with level, time, event and the fields", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-log-"));
  const file = join(folder, "log");
  const fd = openSync(file, "a");
  const log = jsonLogger(fd, clock);
  log.info("ready", { listeners: ["mx", "submission"], port: 25, absent: undefined });
  log.error("store-failed", { detail: "a\nb" });
  log.flush();
  const lines = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line): { event: string } => JSON.parse(line))
    // What is flushed may overtake a line that is on its way to the disk.
    .sort((a, b) => a.event.localeCompare(b.event));
  assert.deepEqual(lines, [
    {
      level: "info",
      time: "2026-11-24T09:08:07.000Z",
      listeners: ["mx", "submission"],
      port: 25,
      event: "ready",
    },
    { level: "error", time: "2026-11-24T09:08:07.000Z", detail: "a\nb", event: "store-failed" },
  ]);
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

test("the text log is one short line an event, whatever is in the fields", () => {
  const lines: string[] = [];
  const log = textLogger((line) => lines.push(line), clock, false);
  log.info("accepted", { sender: "a@example.test", bytes: 12, absent: undefined, names: ["a", "b"] });
  log.warn("odd", { text: 'say "hi"\r\nthere' });
  assert.deepEqual(lines, [
    "09:08:07 accepted sender=a@example.test bytes=12 names=a,b\n",
    '09:08:07 warn odd text="say \\"hi\\"\\r\\nthere"\n',
  ]);
});

test("the text log has colours only where it is told so", () => {
  const lines: string[] = [];
  textLogger((line) => lines.push(line), clock, true).error("failed");
  assert.match(lines[0] ?? "", /^09:08:07 error \u001b\[31mfailed\u001b\[39m\n$/);
});
