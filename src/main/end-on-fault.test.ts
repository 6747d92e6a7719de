import assert from "node:assert/strict";
import { test } from "node:test";
import { runProcess } from "../../test/support/process.ts";

const FILE = new URL("./end-on-fault.ts", import.meta.url).href;

/** A program that ends in order when it is told to, and in which `faults` happen one after another. */
function program(faults: string): readonly string[] {
  const code = `
    const { endOnFault } = await import(${JSON.stringify(FILE)});
    const running = setInterval(() => {}, 1000);
    const log = { error: (event, { detail }) => console.log(event, detail.split("\\n")[0]), flush() {} };
    endOnFault(log, (message) => {
      console.log("ending:", message);
      process.exitCode = 3;
      setImmediate(() => setImmediate(() => clearInterval(running)));
    });
    ${faults}`;
  return ["--input-type=module", "-e", code];
}

test("a rejection that nobody handles is logged, and the program ends in order", async () => {
  const { code, output } = await runProcess(process.execPath, program('Promise.reject(new Error("one"));'));
  assert.match(output, /^fault Error: one\nending: a fault of the program: one$/m);
  assert.equal(code, 3);
});

test("a second fault while the program ends, ends it at once", async () => {
  const faults = 'for (const what of ["one", "two"]) setImmediate(() => { throw new Error(what); });';
  const { code, output } = await runProcess(process.execPath, program(faults));
  assert.match(output, /fault Error: two/);
  assert.equal(code, 1);
});
