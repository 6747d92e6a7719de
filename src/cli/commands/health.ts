import type { Command } from "commander";
import { showHealth } from "../../admin/show-health.ts";
import { CliFailure, EXIT } from "../cli-failure.ts";
import { addVerb, type ContextOf } from "./noun.ts";

/** `health`; exit 1 where no mail is taken. */
export function addHealthCommand(program: Command, contextOf: ContextOf): void {
  addVerb(program, "health", {
    summary: "Say whether the server takes mail now, and if not, why",
    examples: ["health", "health --json"],
  }).action(async () => {
    const context = contextOf();
    const output = await context.send(showHealth, {});
    context.show(output, ({ ready, reasons }) =>
      ready
        ? "The server takes mail.\n"
        : reasons.map(({ code, detail }) => `${context.bold(code)}: ${detail}\n`).join(""),
    );
    if (!output.ready) throw new CliFailure(EXIT.failed, "no mail is taken");
  });
}
