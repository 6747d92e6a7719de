import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cruise, type ICruiseResult, type IDependency } from "dependency-cruiser";
import { EMPTY_FOLDER_NAMES, EXTRA_NODE_MODULES, LAYERS, PURE_NODE_MODULES } from "./layer-table.ts";

const FOLDERS = ["src", "test", "bench", "scripts"];

/**
 * Checks every import of a tree against the table of layers, and that there are no cycles. Types count.
 * @param root the folder that holds `src` and perhaps `test`, `bench` and `scripts`
 * @returns one sentence for each violation, and how many files were seen
 */
export async function checkLayers(root: string): Promise<{ violations: string[]; files: number }> {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const result = await cruiseTree(root, folders);
  const modules = result.modules.filter((module) => isSource(module.source));
  const files = folders.flatMap((folder) => sourceFiles(root, folder));
  const seen = new Set(modules.map((module) => module.source));
  const violations = [
    // A parser that does not fit finds no modules, and then of course nothing wrong.
    ...files.filter((file) => !seen.has(file)).map((file) => `${file}: dependency-cruiser did not see it`),
    ...files.flatMap(misplaced),
    ...modules.flatMap((module) => module.dependencies.flatMap((to) => forbidden(module.source, to))),
    ...cycles(result),
  ];
  return { violations: [...new Set(violations)].sort(), files: files.length };
}

async function cruiseTree(root: string, folders: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(folders, {
    baseDir: root,
    // TypeScript 7 has no API that dependency-cruiser could use.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    validate: true,
    ruleSet: { forbidden: [{ name: "cycle", severity: "error", from: {}, to: { circular: true } }] },
  });
  if (typeof output === "string") throw new Error("dependency-cruiser gave a text instead of its result.");
  return output;
}

function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter(isSource);
}

function isSource(file: string): boolean {
  return /^(src|test|bench|scripts)\/.*\.m?ts$/.test(file);
}

function isTest(file: string): boolean {
  return file.endsWith(".test.ts");
}

/** The folder of `src/` that a file is in, or `undefined` for files elsewhere. */
function layerOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function misplaced(file: string): string[] {
  if (!file.startsWith("src/")) return [];
  const layer = layerOf(file);
  const empty = file.split("/").find((name) => EMPTY_FOLDER_NAMES.includes(name));
  return [
    ...(layer === undefined || !(layer in LAYERS) ? [`${file}: is in no folder of the table of layers`] : []),
    ...(empty === undefined ? [] : [`${file}: "${empty}" says nothing; name the folder after what is in it`]),
    ...(file.endsWith("/index.ts") ? [`${file}: no barrels; import from the file that defines it`] : []),
  ];
}

function forbidden(from: string, to: IDependency): string[] {
  const layerName = layerOf(from);
  const layer = layerName === undefined ? undefined : LAYERS[layerName];
  if (layerName === undefined || layer === undefined || isTest(from)) return [];
  const typesOnly = to.dependencyTypes.includes("type-only");
  const says = (why: string) => [`${from}: imports ${to.module}: ${why}`];
  if (to.dependencyTypes.includes("export"))
    return says("no re-exports; import it from the file that defines it");
  if (isSource(to.resolved)) return forbiddenFile(layerName, from, to.resolved, typesOnly).flatMap(says);
  if (to.coreModule) {
    const extra = Object.entries(EXTRA_NODE_MODULES).flatMap(([path, names]) =>
      from.startsWith(path) ? names : [],
    );
    const name = to.module.replace(/^node:/, "").split("/")[0] ?? "";
    const allowed =
      layer.node === "all" || [...PURE_NODE_MODULES, ...(layer.node ?? []), ...extra].includes(name);
    return allowed ? [] : says(`${layerName} may not use this module of Node`);
  }
  if (to.module.startsWith(".")) return says("there is no such file");
  if (to.dependencyTypes.includes("npm-dev")) return says("it is a dev dependency");
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(to.module)?.[0] ?? to.module;
  const allowed = layer.packages === "all" || (layer.packages ?? []).includes(name);
  return allowed ? [] : says(`${layerName} may not use this package`);
}

function forbiddenFile(layerName: string, from: string, to: string, typesOnly: boolean): string[] {
  const layer = LAYERS[layerName];
  const target = layerOf(to);
  if (target === undefined) return ["code in src may not depend on code outside of it"];
  if (isTest(to)) return ["nothing may depend on a test"];
  if (to.startsWith("src/ports/contract/") && !from.startsWith("src/ports/contract/")) {
    return ["contract suites are for tests"];
  }
  if (target === layerName) {
    const apart = layerName === "adapters" && adapterOf(from) !== adapterOf(to);
    return apart ? ["an adapter may not depend on another"] : [];
  }
  if (layer === undefined || layer.layers === "all" || layer.layers.includes(target)) return [];
  if (layer.typesOf?.includes(target))
    return typesOnly ? [] : [`${layerName} may use only types of ${target}`];
  return [`${layerName} may not depend on ${target}`];
}

/** Each folder in `adapters/` is an adapter, and so is each file that lies there by itself. */
function adapterOf(file: string): string | undefined {
  return file.split("/")[2];
}

/** Each cycle once: it is reported from every file in it, so it is told from the first in the alphabet. */
function cycles(result: ICruiseResult): string[] {
  return result.summary.violations.flatMap((violation) => {
    const names = (violation.cycle ?? []).map((step) => step.name);
    const start = names.indexOf([...names].sort()[0] ?? "");
    const ring = [...names.slice(start), ...names.slice(0, start), names[start]];
    return names.length === 0 ? [] : [`cycle: ${ring.join(" → ")}`];
  });
}
