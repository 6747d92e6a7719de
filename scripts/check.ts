// npm run check: everything that can be said about the sources without running the server. All checks run, whatever fails.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";

/** One check: a program of node_modules/.bin, or a script of ours. */
interface Check {
  readonly name: string;
  readonly says: string;
  readonly command: readonly [string, ...string[]];
}

/** How a check went. */
interface Checked {
  readonly check: Check;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const root = join(import.meta.dirname, "..");

const CHECKS: readonly Check[] = [
  { name: "tsc", says: "types", command: [bin("tsc"), "-p", "."] },
  {
    name: "oxlint",
    says: "mistakes, with types",
    command: [bin("oxlint"), "--type-aware", "--deny-warnings"],
  },
  {
    name: "biome",
    says: "format and style",
    command: [bin("biome"), "ci", "--error-on-warnings", "--colors=off"],
  },
  { name: "knip", says: "dead code and packages", command: [bin("knip"), "--no-progress"] },
  {
    name: "layers",
    says: "imports between folders",
    command: [process.execPath, join("scripts", "check-layers.ts")],
  },
];

function bin(name: string): string {
  return join(root, "node_modules", ".bin", process.platform === "win32" ? `${name}.cmd` : name);
}

function run(check: Check): Promise<Checked> {
  const started = performance.now();
  const [program, ...args] = check.command;
  return new Promise((resolve) => {
    // Windows has batch files in .bin, which only a shell can run.
    const child = spawn(program, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: program.endsWith(".cmd"),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const finish = (passed: boolean) => {
      const seconds = (performance.now() - started) / 1000;
      resolve({ check, passed, seconds, output: output.trimEnd() });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}

async function runAll(): Promise<Checked[]> {
  const waiting = [...CHECKS];
  const done: Checked[] = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const checked = await run(check);
      done.push(checked);
      if (!checked.passed)
        process.stdout.write(`${styleText("bold", `── ${check.name}`)}\n${checked.output}\n\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return done;
}

const checked = await runAll();
for (const { check, passed, seconds } of checked) {
  const verdict = passed ? styleText("green", "pass") : styleText("red", "FAIL");
  process.stdout.write(
    `${verdict}  ${check.name.padEnd(7)} ${check.says.padEnd(24)} ${seconds.toFixed(1).padStart(5)} s\n`,
  );
}
if (checked.some(({ passed }) => !passed)) process.exitCode = 1;
