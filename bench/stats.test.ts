import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { median, medianFigures, percentile } from "./stats.ts";

describe("a percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  for (const [share, value] of [
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ] as const) {
    test(`of ${share} is the value that so many do not exceed`, () => {
      assert.equal(percentile(hundred, share), value);
    });
  }

  test("of nothing is an error, since there is no figure to show", () => {
    assert.throws(() => percentile([], 0.5), /Nothing was measured/);
  });
});

test("the median is the middle, or between the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});

test("runs are joined metric by metric", () => {
  const runs = [
    { acceptedPerSecond: 100, replyP50Ms: 9 },
    { acceptedPerSecond: 300, replyP50Ms: 1 },
    { acceptedPerSecond: 200, replyP50Ms: 5 },
  ];
  assert.deepEqual(medianFigures(runs), { acceptedPerSecond: 200, replyP50Ms: 5 });
});
