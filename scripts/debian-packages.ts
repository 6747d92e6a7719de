import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findProgram } from "./find-program.ts";
import tools from "./test-tools.json" with { type: "json" };

/**
 * Installs the Debian packages of the programs that the tests drive, where one is missing and this machine lets us.
 * @returns the programs that are missing still
 */
export function installTestTools(): string[] {
  const packages = missingPackages();
  if (packages.length > 0) install(packages);
  return Object.keys(tools).filter((tool) => findProgram(tool) === undefined);
}

/** A program counts wherever it came from; what goes with it (modules of Perl) is asked of dpkg. */
function missingPackages(): string[] {
  const missing = Object.entries(tools).flatMap(([tool, [main, ...companions]]) => {
    const program = findProgram(tool) === undefined && main !== undefined ? [main] : [];
    return [...program, ...companions.filter((name) => !isInstalled(name))];
  });
  return [...new Set(missing)];
}

function isInstalled(debianPackage: string): boolean {
  if (findProgram("dpkg") === undefined) return true;
  const { stdout } = spawnSync("dpkg", ["--status", debianPackage], { encoding: "utf8" });
  return stdout.includes("Status: install ok installed");
}

function install(packages: readonly string[]): void {
  const names = packages.join(" ");
  const asRoot = rootCommand();
  if (findProgram("apt-get") === undefined || asRoot === undefined) {
    process.stderr.write(`Not installed, since that needs apt-get and root or sudo: ${names}.\n`);
    return;
  }
  process.stderr.write(`Installing Debian packages for the tests: ${names} … `);
  const script = join(import.meta.dirname, "install-debian-packages.sh");
  const { status, stdout, stderr } = spawnSync("env", [...asRoot, "sh", script, ...packages], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 26,
  });
  if (status === 0) process.stderr.write("done.\n");
  else
    process.stderr.write(
      `failed (${status}):\n${`${stdout}${stderr}`.trimEnd().split("\n").slice(-20).join("\n")}\n`,
    );
}

/** What to put before a command so that root runs it, or `undefined` where that cannot be had without a question. */
function rootCommand(): string[] | undefined {
  if (process.geteuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"]).status === 0 ? ["sudo", "-n"] : undefined;
}
