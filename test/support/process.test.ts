import assert from "node:assert/strict";
import { test } from "node:test";
import { runProcess, startProcess } from "./process.ts";

const node = process.execPath;

test("a program's output, exit code and input are told", async () => {
  const program =
    "process.stdin.on('data', d => { console.log('got ' + d); console.error('bad'); process.exitCode = 3; })";
  const finished = await runProcess(node, ["-e", program], { input: "x" });
  assert.equal(finished.code, 3);
  assert.equal(finished.stdout, "got x\n");
  assert.match(finished.output, /bad\n/);
});

test("a line can be waited for before and after it came, and the program is stopped by a signal", async (t) => {
  const started = startProcess(node, ["-e", "console.log('ready 7'); setInterval(() => {}, 1000)"]);
  t.after(() => started.stop());
  assert.equal((await started.waitForLine(/^ready (\d)$/))[1], "7");
  assert.equal((await started.waitForLine(/^ready (\d)$/))[1], "7");
  assert.equal((await started.stop()).signal, "SIGTERM");
});

test("a program that does not heed SIGTERM is killed", async () => {
  const program =
    "process.on('SIGTERM', () => console.log('no')); console.log('up'); setInterval(() => {}, 1000)";
  const started = startProcess(node, ["-e", program]);
  await started.waitForLine(/^up$/);
  assert.equal((await started.stop("SIGTERM", 1)).signal, "SIGKILL");
});

test("waiting for a line ends when the program does, and names what it wrote", async () => {
  const started = startProcess(node, ["-e", "console.log('sorry')"]);
  await assert.rejects(started.waitForLine(/^ready$/), /The program ended \(0\) .* It wrote:\nsorry/);
});

test("a program that cannot be started, or does not end, is an error", async () => {
  await assert.rejects(runProcess("/no/such/program", []), /\/no\/such\/program could not be started/);
  await assert.rejects(
    runProcess(node, ["-e", "setInterval(() => {}, 1000)"], { withinMs: 1 }),
    /did not end within 1 ms/,
  );
});
