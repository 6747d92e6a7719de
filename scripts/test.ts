// npm test: installs what the tests drive, then runs all tests. npm test -- FILE… runs some; options go to node --test.
import { join } from "node:path";
import { installTestTools } from "./debian-packages.ts";
import { fetchTestMail } from "./fetch-test-mail.ts";
import { runWith } from "./run-with.mjs";

const ALL_TESTS = ["src", "test", "scripts", "bench"].map((folder) => `${folder}/**/*.test.ts`);

const missing = installTestTools();
if (missing.length > 0 && process.env["CI"] === "true") {
  process.stderr.write(
    `With CI=true no test may be skipped, and these programs are missing: ${missing.join(" ")}.\n`,
  );
  process.exit(1);
}
if (missing.length > 0) {
  process.stderr.write(`Tests that need these programs are skipped: ${missing.join(" ")}.\n`);
}
fetchTestMail();
const args = process.argv.slice(2);
const files = args.some((arg) => !arg.startsWith("-")) ? [] : ALL_TESTS;
const root = join(import.meta.dirname, "..");
process.exitCode = await runWith(
  process.execPath,
  ["--test", "--test-reporter=spec", ...args, ...files],
  root,
);
