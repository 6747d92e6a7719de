import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { chartOf, withFigures } from "./document.ts";
import type { BenchResult } from "./results.ts";

const docs = join(import.meta.dirname, "..", "docs");
const read = (...path: string[]) => readFile(join(docs, ...path), "utf8");

test("tables and chart of the documentation are those of its file of results", async () => {
  const [document, json] = [await read("benchmarks.md"), await read("benchmarks.json")];
  const result = JSON.parse(json) as BenchResult;
  assert.ok(result.workloads.length > 0);
  assert.equal(
    withFigures(document, result),
    document,
    "write them anew: npm run bench -- --from docs/benchmarks.json --docs",
  );
  assert.equal(await read("images", "benchmarks.svg"), chartOf(result));
});

test("a document without a place for the figures is not touched", async () => {
  const result = JSON.parse(await read("benchmarks.json")) as BenchResult;
  assert.throws(() => withFigures("# Nothing here\n", result), /has no lines/);
});
