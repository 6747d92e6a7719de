import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTable } from "./report.ts";
import type { Figures } from "./workload.ts";

test("the table shows each peer and how many times better the first is", () => {
  const figures = (accepted: number, delivered: number, cpu: number): Figures => ({
    version: "1.0",
    acceptedPerSecond: accepted,
    deliveredPerSecond: delivered,
    cpuMsPerMessage: cpu,
  });
  const workload = { name: "w", says: "some work", run: () => Promise.reject(new Error("not run here")) };
  const rows = [
    { workload: "w", peer: "a", figures: figures(1000, 500, 0.5) },
    { workload: "other", peer: "b", figures: figures(1, 1, 1) },
    { workload: "w", peer: "b", figures: figures(100, 100, 4) },
  ];
  const squeezed = formatTable(workload, rows)
    .split("\n")
    .map((line) => line.trim().replace(/ +/g, " "));
  assert.deepEqual(squeezed, [
    "w: some work",
    "accepted/s delivered/s CPU ms/message",
    "a 1.0 1000 500 0.50",
    "b 1.0 100 100 4.00",
    "a is better than b by 10.0× 5.0× 8.0×",
  ]);
});
