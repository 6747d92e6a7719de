import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProcessStat } from "./process-tree.ts";

test("a line of /proc is read whatever the program's name is", () => {
  const text = "42 (a b) c)) S 7 42 42 0 -1 4194560 100 200 0 0 11 12 13 14 20 0 1 0 12345 1000 100";
  assert.deepEqual(parseProcessStat(text), { pid: 42, parent: 7, ticks: 11 + 12 + 13 + 14 });
  assert.equal(parseProcessStat(""), undefined);
});
