import assert from "node:assert/strict";
import { test } from "node:test";
import { startProcess } from "../test/support/process.ts";
import { cpuMsOfTree, parseProcessStat } from "./cpu.ts";

const isLinux = process.platform === "linux";

test("a line of /proc is read whatever the program's name is", () => {
  const text = "42 (a b) c)) S 7 42 42 0 -1 4194560 100 200 0 0 11 12 13 14 20 0 1 0 12345 1000 100";
  assert.deepEqual(parseProcessStat(text), { pid: 42, parent: 7, ticks: 11 + 12 + 13 + 14 });
  assert.equal(parseProcessStat(""), undefined);
});

test(
  "processor time of children, alive and ended, is counted",
  isLinux ? {} : { skip: "needs Linux, for /proc" },
  async (t) => {
    const burn = "const t = process.cpuUsage(); while (process.cpuUsage(t).user < 150e3);";
    const program = `
      const { spawn, spawnSync } = require("node:child_process");
      spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}]);
      const child = spawn(process.execPath, ["-e", ${JSON.stringify(`${burn} console.log("burnt"); setInterval(() => {}, 1000)`)}], { stdio: ["ignore", "inherit", "inherit"] });
      process.on("SIGTERM", () => { child.kill(); process.exit(); });`;
    const parent = startProcess(process.execPath, ["-e", program]);
    t.after(() => parent.stop());
    await parent.waitForLine(/^burnt$/);
    assert.ok((await cpuMsOfTree(parent.pid)) >= 300);
  },
);
