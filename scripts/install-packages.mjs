import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs `npm ci` unless what is installed is what package-lock.json asks for.
 * @param {string} root the folder of the clone
 * @returns {Promise<void>}
 */
export async function installPackages(root) {
  if (packagesAreCurrent(root)) return;
  const started = Date.now();
  process.stderr.write("Installing packages, a Node LTS among them, with npm ci … ");
  const { code, output } = await npmCi(root);
  if (code === 0) {
    process.stderr.write(`done in ${Math.round((Date.now() - started) / 1000)} s.\n`);
    return;
  }
  const tail = output.trimEnd().split("\n").slice(-20).join("\n");
  throw new Error(
    `failed.\n${tail}\nnpm ci failed (${code}). Is the registry reachable (npm ping) and the disk not full?`,
  );
}

/**
 * Whether every package of package-lock.json is installed in its version. npm keeps the list of what it has installed in
 * node_modules/.package-lock.json, written last. A package for another kind of machine is rightly absent.
 * @param {string} root
 */
export function packagesAreCurrent(root) {
  const installed = lockedPackages(join(root, "node_modules", ".package-lock.json"));
  return Object.entries(lockedPackages(join(root, "package-lock.json"))).every(([path, wanted]) => {
    const found = installed[path];
    return path === "" || (found ? found.version === wanted.version : wanted.optional === true);
  });
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function lockedPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : {};
}

/**
 * @param {string} root
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function npmCi(root) {
  const args = ["ci", "--no-audit", "--no-fund", "--include=dev", "--include=optional", "--loglevel=error"];
  // Under `npm run` this names npm's own script, so that the npm that was called is the one that installs.
  const npm = process.env["npm_execpath"];
  const [command, ...before] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      // On Windows npm is a batch file, which only a shell can run.
      shell: command === "npm" && process.platform === "win32",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", () => reject(new Error("npm was not found. Install Node with npm, then try again.")));
    child.on("close", (code) => resolve({ code, output }));
  });
}
