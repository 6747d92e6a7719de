#!/usr/bin/env node
// Does all set-up, then runs one of the project's tasks: node scripts/bootstrap.mjs TASK [ARGUMENT…]
// It has to run on the Node that a system comes with (18 or newer), before anything is installed.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode } from "./find-node.mjs";
import { installPackages } from "./install-packages.mjs";
import { runWith } from "./run-with.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const server = join("src", "main", "postern.ts");

/**
 * What each task hands to Node.
 * @type {Readonly<Record<string, (args: readonly string[]) => readonly string[]>>}
 */
const TASKS = {
  start: (args) => [server, "start", ...dataFolder(args), ...args],
  postern: (args) => [server, ...args],
  test: (args) => [join("scripts", "test.ts"), ...args],
  "test:unit": (args) => ["--test", ...(args.length > 0 ? args : ["src/**/*.test.ts"])],
  check: (args) => [join("scripts", "check.ts"), ...args],
  format: () => [join("node_modules", "@biomejs", "biome", "bin", "biome"), "check", "--write"],
  bench: (args) => [join("bench", "run.ts"), ...args],
  crash: (args) => [join("test", "crash", "run.ts"), ...args],
};

/** @param {readonly string[]} args */
function dataFolder(args) {
  const given = process.env["POSTERN_DATA"] || args.some((arg) => /^--data(=|$)/.test(arg));
  return given ? [] : ["--data", "data"];
}

async function main() {
  const [task = "", ...args] = process.argv.slice(2);
  const command = TASKS[task];
  if (!command && task !== "install") {
    throw new Error(`There is no task "${task}". There are: install ${Object.keys(TASKS).join(" ")}.`);
  }
  await installPackages(root);
  const node = findNode(root);
  return command ? runWith(node, command(args), root) : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
