import { findProgram } from "../../scripts/find-program.ts";
import packages from "../../scripts/test-tools.json" with { type: "json" };

/** A program that the tests drive; `scripts/test-tools.json` names the Debian package of each. */
export type ToolName = keyof typeof packages;

/**
 * Options for a test that drives real programs: empty where all are here, else `skip` with the reason. With `CI=true`
 * nothing may be skipped, so a missing program is an error there.
 */
export function needsTool(...names: readonly ToolName[]): { skip?: string } {
  const lacks = names.flatMap((name) => whatIsMissing(name) ?? []);
  if (lacks.length === 0) return {};
  const reason = `needs ${lacks.join(", ")}`;
  if (process.env["CI"] === "true")
    throw new Error(`This test ${reason}, and with CI=true no test may be skipped.`);
  return { skip: reason };
}

/** The full path of a program; throws where it is missing, which {@link needsTool} has to rule out before. */
export function toolPath(name: ToolName): string {
  const path = findProgram(name);
  if (path === undefined)
    throw new Error(`${name} is not installed (apt-get install ${packages[name].join(" ")}).`);
  return path;
}

function whatIsMissing(name: ToolName): string | undefined {
  if (findProgram(name) === undefined) return `${name} (apt-get install ${packages[name].join(" ")})`;
  // Their masters change to other users, which only root may.
  if ((name === "postfix" || name === "dovecot" || name === "pamtester") && process.geteuid?.() !== 0)
    return `root for ${name}`;
  return undefined;
}
