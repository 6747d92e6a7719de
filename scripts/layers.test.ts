import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { tempDir } from "../test/support/temp-dir.ts";
import { checkLayers } from "./layers.ts";

/** Writes a tree of sources and gives back what the check says about it. */
async function violationsIn(t: TestContext, files: Readonly<Record<string, string>>): Promise<string[]> {
  const root = await tempDir();
  t.after(() => root.remove());
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root.path, name)), { recursive: true });
    await writeFile(join(root.path, name), text);
  }
  return (await checkLayers(root.path)).violations;
}

const core = { "src/core/a.ts": "export type A = 1;\nexport const a = 1;\n" };
const relay = { "src/relay/r.ts": "export type R = 1;\nexport const r = 1;\n" };

test("imports that the table allows are no violation", async (t) => {
  const found = await violationsIn(t, {
    ...core,
    ...relay,
    "src/core/b.ts": 'import { a } from "./a.ts";\nimport ip from "ipaddr.js";\nexport const b = [a, ip];\n',
    "src/ports/p.ts": 'import type { R } from "../relay/r.ts";\nexport type P = R;\n',
    "src/protocol/sasl/s.ts": 'import { createHmac } from "node:crypto";\nexport const s = createHmac;\n',
    "src/adapters/x/x.ts":
      'import { readFile } from "node:fs/promises";\nimport type { P } from "../../ports/p.ts";\nexport const x: P[] = [readFile];\n',
    "src/main/m.ts":
      'import { x } from "../adapters/x/x.ts";\nimport { r } from "../relay/r.ts";\nexport const m = [x, r];\n',
    "src/core/a.test.ts": 'import { r } from "../relay/r.ts";\nimport "node:fs";\nr;\n',
  });
  assert.deepEqual(found, []);
});

test("an import against the table is found, also of types only, and by import()", async (t) => {
  const found = await violationsIn(t, {
    ...core,
    ...relay,
    "src/core/b.ts": 'import type { R } from "../relay/r.ts";\nexport type B = R;\n',
    "src/core/c.ts": 'export const c = import("../relay/r.ts");\n',
    "src/ports/p.ts": 'import { r } from "../relay/r.ts";\nexport const p = r;\n',
  });
  assert.deepEqual(found, [
    "src/core/b.ts: imports ../relay/r.ts: core may not depend on relay",
    "src/core/c.ts: imports ../relay/r.ts: core may not depend on relay",
    "src/ports/p.ts: imports ../relay/r.ts: ports may use only types of relay",
  ]);
});

test("input and output, foreign packages and another adapter are found", async (t) => {
  const found = await violationsIn(t, {
    "src/relay/r.ts": 'import { readFileSync } from "node:fs";\nexport const r = readFileSync;\n',
    "src/protocol/smtp/s.ts": 'import { randomBytes } from "crypto";\nexport const s = randomBytes;\n',
    "src/queue/q.ts": 'import pino from "pino";\nexport const q = pino;\n',
    "src/adapters/x/x.ts": 'import { y } from "../y/y.ts";\nexport const x = y;\n',
    "src/adapters/y/y.ts": "export const y = 1;\n",
  });
  assert.deepEqual(found, [
    "src/adapters/x/x.ts: imports ../y/y.ts: an adapter may not depend on another",
    "src/protocol/smtp/s.ts: imports crypto: protocol may not use this module of Node",
    "src/queue/q.ts: imports pino: queue may not use this package",
    "src/relay/r.ts: imports fs: relay may not use this module of Node",
  ]);
});

test("cycles are found, also between tests' own files and through types", async (t) => {
  const found = await violationsIn(t, {
    "src/core/a.ts": 'import type { B } from "./b.ts";\nexport type A = B;\n',
    "src/core/b.ts": 'import type { A } from "./a.ts";\nexport type B = A;\n',
    "test/support/x.ts": 'import { y } from "./y.ts";\nexport const x = () => y;\n',
    "test/support/y.ts": 'import { x } from "./x.ts";\nexport const y = () => x;\n',
  });
  assert.deepEqual(found, [
    "cycle: src/core/a.ts → src/core/b.ts → src/core/a.ts",
    "cycle: test/support/x.ts → test/support/y.ts → test/support/x.ts",
  ]);
});

test("barrels, re-exports, unknown folders, folders named after nothing and code from outside are found", async (t) => {
  const found = await violationsIn(t, {
    ...core,
    "src/core/index.ts": 'export { a } from "./a.ts";\n',
    "src/core/utils/pad.ts": "export const pad = 1;\n",
    "src/extra/e.ts": "export const e = 1;\n",
    "src/main/m.ts": 'import { h } from "../../test/h.ts";\nexport const m = h;\n',
    "test/h.ts": "export const h = 1;\n",
  });
  assert.deepEqual(found, [
    "src/core/index.ts: imports ./a.ts: no re-exports; import it from the file that defines it",
    "src/core/index.ts: no barrels; import from the file that defines it",
    'src/core/utils/pad.ts: "utils" says nothing; name the folder after what is in it',
    "src/extra/e.ts: is in no folder of the table of layers",
    "src/main/m.ts: imports ../../test/h.ts: code in src may not depend on code outside of it",
  ]);
});
