import assert from "node:assert/strict";
import { test } from "node:test";
import { keyLines } from "./key-lines.ts";

/** The lines as an object, for comparing. */
function linesOf(...text: readonly string[]): Record<string, number> {
  return Object.fromEntries(keyLines(text.join("\n")));
}

test("keys, tables and comments are found on their lines", () => {
  assert.deepEqual(linesOf("# head", "a = 1 # b = 2", "", "[t]", "b = 'x#y'", "[t.u]", "c = true"), {
    a: 2,
    t: 4,
    "t.b": 5,
    "t.u": 6,
    "t.u.c": 7,
  });
});

test("each table of an array has its index, and a table below belongs to the last of them", () => {
  const lines = linesOf("[[l]]", "n = 1", "[[l]]", "n = 2", "[l.deep]", "x = 1");
  assert.deepEqual(lines, {
    "l[0]": 1,
    "l[0].n": 2,
    "l[1]": 3,
    "l[1].n": 4,
    "l[1].deep": 5,
    "l[1].deep.x": 6,
  });
});

test("dotted and quoted keys make one path", () => {
  assert.deepEqual(linesOf(`a . "b c" = 1`, `'d' = 2`), { a: 1, "a.b c": 1, d: 2 });
});

test("elements of arrays over several lines have their own lines", () => {
  assert.deepEqual(linesOf("a = [", "  1, # one, ]", "  [2, 3],", "", "]", "b = 1"), {
    a: 1,
    "a[0]": 2,
    "a[1]": 3,
    "a[1][0]": 3,
    "a[1][1]": 3,
    b: 6,
  });
});

test("keys of inline tables are found, also inside arrays", () => {
  assert.deepEqual(linesOf("a = { b = 1, c = { d = 2 } }", "e = [{ f = 1 },", "{ f = 2 }]"), {
    a: 1,
    "a.b": 1,
    "a.c": 1,
    "a.c.d": 1,
    e: 2,
    "e[0]": 2,
    "e[0].f": 2,
    "e[1]": 3,
    "e[1].f": 3,
  });
});

test("strings hide brackets, quotes and line ends from the locator", () => {
  const lines = linesOf(
    `a = "x \\" [y] = 1"`,
    `b = """`,
    "c = 1",
    `say ""hi"" """""`,
    `d = '''`,
    "[no]''''",
    "e = 1979-05-27T07:32:00Z",
  );
  assert.deepEqual(lines, { a: 1, b: 2, d: 5, e: 7 });
});

test("Windows line ends count as one", () => {
  assert.deepEqual(linesOf("a = 1\r", "b = 2\r", ""), { a: 1, b: 2 });
});
