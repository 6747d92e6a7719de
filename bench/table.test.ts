import assert from "node:assert/strict";
import { test } from "node:test";
import type { CaseResult, WorkloadResult } from "./results.ts";
import { formatMarkdown, formatText, tableOf } from "./table.ts";

function done(name: string, delivered: number, cpu: number): CaseResult {
  const figures = { deliveredPerSecond: delivered, cpuMsPerMessage: cpu };
  return { name, version: "1.0", figures, runs: [figures] };
}

const workload: WorkloadResult = {
  name: "w",
  says: "some work",
  charted: [],
  cases: [done("a", 1500, 0.5), done("b", 100, 4), done("c", 1000, 0.25)],
};

test("the table shows each case, and how many times better the first is, whichever way is better", () => {
  assert.deepEqual(tableOf(workload), [
    ["", "delivered/s", "CPU ms/message"],
    ["a (1.0)", "1500", "0.50"],
    ["b (1.0)", "100", "4.00"],
    ["c (1.0)", "1000", "0.25"],
    ["times better than b", "15.0×", "8.0×"],
    ["times better than c", "1.50×", "0.50×"],
  ]);
});

test("a figure that one of the cases lacks is a dash, and so is its ratio", () => {
  const without = { name: "d", version: "2", figures: { cpuMsPerMessage: 1 }, runs: [] };
  const [, , row, ratio] = tableOf({ ...workload, cases: [done("a", 10, 1), without] });
  assert.deepEqual(row, ["d (2)", "–", "1.00"]);
  assert.deepEqual(ratio, ["times better than d", "–", "1.00×"]);
});

test("a table is written in columns for a terminal, and with bars for a document", () => {
  const table = [
    ["", "n/s"],
    ["long name", "1"],
  ];
  assert.equal(formatText(table), "           n/s\nlong name    1");
  assert.equal(formatMarkdown(table), "|  | n/s |\n| --- | ---: |\n| long name | 1 |");
});
