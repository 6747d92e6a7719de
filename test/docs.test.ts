import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import type { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { commandContext } from "../src/cli/command-context.ts";
import { buildProgram } from "../src/cli/program.ts";
import { describeSettings } from "../src/config/relay-settings-keys.ts";
import { NEW_LISTENERS, renderServerConfig } from "../src/config/render-server-config.ts";
import { DEFAULT_SETTINGS } from "../src/relay/policy.ts";
import { REASONS } from "../src/relay/reason.ts";

const root = join(import.meta.dirname, "..");

/** The project's documents, as paths from its root. */
const documents = [
  ...readdirSync(root),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join("docs", name)),
].filter((name) => name.endsWith(".md"));

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The text of a document without its code blocks, where brackets and `#` mean something else. */
function prose(file: string): string {
  return read(file).replace(/^```[\s\S]*?^```$/gm, "");
}

/** The anchors that a document's headings have: lower case, blanks as dashes, without other signs. */
function anchors(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** What is wrong with a link from a document; nothing for one that leads somewhere, or out of the project. */
function deadLink(from: string, link: string): string[] {
  if (/^(https?|mailto):/.test(link)) return [];
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : relative(root, join(root, dirname(from), path));
  if (!existsSync(join(root, target))) return [`${from}: there is no ${link}`];
  return anchor === undefined || anchors(target).includes(anchor)
    ? []
    : [`${from}: ${target} has no heading for #${anchor}`];
}

/** What stands in backquotes in the first column of a document's tables. */
function firstCells(file: string): string[] {
  return [...prose(file).matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = ""]) => cell);
}

function program(): Command {
  const io = { stdout: () => {}, stderr: () => {} };
  return buildProgram(io as never, "", () => commandContext(io as never, {} as never, {}));
}

describe("the documentation", () => {
  test("has no link within the project that leads nowhere", () => {
    const links = documents.flatMap((file) =>
      [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => ({ file, link })),
    );
    assert.ok(links.length > 50, `only ${links.length} links were found`);
    assert.deepEqual(
      links.flatMap(({ file, link }) => deadLink(file, link)),
      [],
    );
  });

  test("explains every reason of a decision, and no other", () => {
    const reasons = firstCells("docs/relay-policy.md").filter((cell) =>
      /^(local|granted|denied|deferred)-/.test(cell),
    );
    assert.deepEqual(reasons, [...REASONS]);
  });

  test("gives every setting of the relay decision with its default", () => {
    const policy = prose("docs/relay-policy.md");
    for (const { key, value } of describeSettings(DEFAULT_SETTINGS)) {
      assert.ok(policy.includes(`\`${key}\`, default \`${value}\``), `${key}, whose default is ${value}`);
    }
  });

  test("gives every optional key of postern.toml with its default", () => {
    const config = renderServerConfig({ hostname: "mx.example.test", listeners: NEW_LISTENERS });
    // A new file has what may be left out as comments: `# maxErrors = 20`.
    const defaults = [...config.matchAll(/^# (\w+) = ([^#\n]*[^#\s])/gm)];
    assert.ok(defaults.length > 10, `only ${defaults.length} keys were found`);
    const rows = read("docs/operations.md").replaceAll(/[`"]/g, "");
    for (const [, key = "", value = ""] of defaults) {
      assert.ok(
        rows.includes(`| ${key} | ${value.replaceAll('"', "")} |`),
        `${key}, whose default is ${value}`,
      );
    }
  });

  test("says of every dependency why it is there, and names no other", () => {
    const { dependencies, devDependencies, optionalDependencies } = packageJson;
    const packages = [dependencies, optionalDependencies, devDependencies].flatMap(Object.keys);
    assert.deepEqual(firstCells("docs/dependencies.md").sort(), packages.sort());
  });

  test("mentions every noun of the command line", () => {
    const text = documents.map(read).join("\n");
    const missing = program()
      .commands.map((noun) => noun.name())
      .filter((noun) => !new RegExp(`(\`|bin/postern )${noun}\\b`).test(text));
    assert.deepEqual(missing, []);
  });

  test("shows no command that there is not", () => {
    const shown = documents.flatMap((file) =>
      [...read(file).matchAll(/bin\/postern ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+(?:-[a-z]+)*))?/g)].map(
        ([line, noun, verb]) => ({ file, line, noun, verb }),
      ),
    );
    assert.ok(shown.length > 20, `only ${shown.length} commands were found`);
    for (const { file, line, noun, verb } of shown) {
      const command = program().commands.find((each) => each.name() === noun);
      assert.ok(command, `${file}: ${line}`);
      const isWhole = command.commands.length === 0 || command.commands.some((each) => each.name() === verb);
      assert.ok(isWhole, `${file}: ${line}`);
    }
  });
});
