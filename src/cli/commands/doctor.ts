import type { Command } from "commander";
import { doctor } from "../../admin/doctor.ts";
import type { CheckResult } from "../../admin/doctor-check.ts";
import { CliFailure, EXIT } from "../cli-failure.ts";
import { addVerb, type ContextOf } from "./noun.ts";

/** `doctor`; exit 1 where something has to be done. */
export function addDoctorCommand(program: Command, contextOf: ContextOf): void {
  addVerb(program, "doctor", {
    summary: "Check the server's set-up and say what to do about it",
    examples: ["doctor", "doctor --json"],
  }).action(async () => {
    const context = contextOf();
    const output = await context.send(doctor, {});
    context.show(output, ({ checks }) => checks.map((check) => formatCheck(check, context.bold)).join(""));
    if (!output.healthy) throw new CliFailure(EXIT.failed, "something has to be done; see above");
  });
}

function formatCheck({ name, state, saw, todo }: CheckResult, bold: (text: string) => string): string {
  const mark = state === "ok" ? "ok  " : bold(state);
  return `${mark}  ${name}: ${saw.replaceAll("\n", "\n      ")}\n${todo === "" ? "" : `      → ${todo}\n`}`;
}
