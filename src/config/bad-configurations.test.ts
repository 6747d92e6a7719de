import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { formatConfigProblem } from "./config-problem.ts";
import { parseServerConfig } from "./parse-server-config.ts";

// UPDATE_EXPECTED=1 writes the files anew; read what changed before keeping it.
const folder = new URL("bad/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".toml"));

test("the folder of bad configurations is not empty", () => {
  assert.ok(names.length >= 8);
});

for (const name of names) {
  test(`bad/${name} is refused with every problem it has`, () => {
    const expectedFile = new URL(name.replace(/\.toml$/, ".expected"), folder);
    const result = parseServerConfig(readFileSync(new URL(name, folder), "utf8"), "postern.toml");
    assert.ok(!result.ok, "the configuration was taken");
    const told = `${result.error.map(formatConfigProblem).join("\n")}\n`;
    if (process.env["UPDATE_EXPECTED"]) writeFileSync(expectedFile, told);
    assert.equal(told, readFileSync(expectedFile, "utf8"));
  });
}
