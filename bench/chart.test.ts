import assert from "node:assert/strict";
import { test } from "node:test";
import { barChart } from "./chart.ts";

const bars = [
  { label: "first", value: 200, text: "200" },
  { label: "second", value: 50, text: "50" },
  { label: "third", value: 0, text: "0" },
];

/** Class and length of each bar. */
function drawn(svg: string): string[] {
  return [...svg.matchAll(/<rect class="(\w+)".* width="([\d.]+)"/g)].map(
    ([, kind, width]) => `${kind} ${width}`,
  );
}

test("bars are as long as their values are large, and the first stands out", () => {
  const svg = barChart("t", [{ heading: "h", panels: [{ title: "n/s", bars }] }]);
  const [first = "", second = "", third = ""] = drawn(svg);
  assert.match(first, /^first /);
  assert.match(second, /^other /);
  assert.equal(Number(first.split(" ")[1]), 4 * Number(second.split(" ")[1]));
  assert.equal(third, "other 1", "what is almost nothing is still seen");
});

test("panels of one row have scales of their own", () => {
  const small = bars.map((bar) => ({ ...bar, value: bar.value / 1000 }));
  const svg = barChart("t", [
    {
      heading: "h",
      panels: [
        { title: "a", bars },
        { title: "b", bars: small },
      ],
    },
  ]);
  const widths = drawn(svg);
  assert.deepEqual(widths.slice(0, 3), widths.slice(3));
});

test("the picture is as high as all its rows, and has colours for light and dark", () => {
  const row = { heading: "h", panels: [{ title: "n/s", bars }] };
  const height = (svg: string) => Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
  assert.ok(height(barChart("t", [row, row])) > height(barChart("t", [row])));
  assert.match(barChart("t", [row]), /prefers-color-scheme: dark/);
});

test("names with signs of XML come out as they are", () => {
  const svg = barChart("a & b", [{ heading: "x < y", panels: [] }]);
  assert.ok(svg.includes("<title>a &amp; b</title>") && svg.includes("x &lt; y</text>"));
});
