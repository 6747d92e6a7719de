import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFigure, timesBetter } from "./metrics.ts";

test("a figure is written with the digits that its metric is worth", () => {
  assert.equal(formatFigure("cpuMsPerMessage", 0.456), "0.46");
  assert.equal(formatFigure("acceptedPerSecond", 1234.5), "1235");
  assert.equal(formatFigure("decisionsPerSecond", 4_402_750.2), "4,402,750");
  assert.equal(formatFigure("readyMs", undefined), "–");
});

test("twice the messages is twice as good, and so is half the processor time", () => {
  assert.equal(timesBetter("acceptedPerSecond", 200, 100), 2);
  assert.equal(timesBetter("cpuMsPerMessage", 1, 2), 2);
});
