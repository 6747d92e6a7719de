import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { matrix } from "./matrix.ts";

const GOLDEN = new URL("./matrix.golden", import.meta.url);

test("every combination of options, switch, client and recipient is decided as the golden file says", async () => {
  const now = matrix();
  if (process.env["UPDATE_GOLDEN"] === "1") await writeFile(GOLDEN, now);
  const golden = (await readFile(GOLDEN, "utf8")).split("\n");
  // Line by line, so that a failure names the one case and not two thousand.
  let section = "";
  for (const [i, line] of now.split("\n").entries()) {
    if (line.startsWith("#")) section = line;
    assert.equal(line, golden[i], section);
  }
  assert.equal(golden.length, now.split("\n").length);
});
