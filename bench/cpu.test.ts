import assert from "node:assert/strict";
import { test } from "node:test";
import { startProcess } from "../test/support/process.ts";
import { cpuMsOfTree } from "./cpu.ts";

const isLinux = process.platform === "linux";

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
