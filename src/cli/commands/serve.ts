import type { Command } from "commander";
import type { ReadyServer } from "../actions.ts";
import { openFailed } from "../cli-failure.ts";
import type { CommandContext } from "../command-context.ts";
import { formatTable } from "../table.ts";
import { addVerb, type ContextOf } from "./noun.ts";
import { setUpInteractively } from "./setup.ts";

/** `serve` and `start`. */
export function addServeCommands(program: Command, contextOf: ContextOf): void {
  addVerb(program, "serve", {
    summary: "Run the server; one line of JSON on stdout says when it is ready",
    examples: ["serve --data /var/lib/postern"],
  }).action(async () => {
    const context = contextOf();
    await serve(context, "json", () => {});
  });
  addVerb(program, "start", {
    summary: "Set the data folder up where it is new, then run the server",
    examples: ["start", "start --data /var/lib/postern"],
  }).action(async () => {
    const context = contextOf();
    // Only the ready line goes to a stdout that a program reads.
    const say = context.io.isTty ? context.io.stdout : context.io.stderr;
    if ((await context.actions.dataFolderState(context.dataDir)) !== "set-up") {
      say(await setUpInteractively(context, {}));
    }
    await serve(context, context.io.isTty ? "text" : "json", (server) => say(formatReady(server, context)));
  });
}

async function serve(
  context: CommandContext,
  log: "json" | "text",
  ready: (server: ReadyServer) => void,
): Promise<void> {
  const served = await context.actions.serve({
    dataDir: context.dataDir,
    log,
    ready(server) {
      context.io.stdout(`${JSON.stringify({ event: "ready", ...server })}\n`);
      ready(server);
    },
  });
  if (!served.ok) throw openFailed(served.error);
}

function formatReady({ hostname, listeners }: ReadyServer, { bold, dataDir }: CommandContext): string {
  const table = formatTable(
    [
      { head: "LISTENER", cell: ({ name }) => name },
      { head: "PROTOCOL", cell: ({ protocol }) => protocol },
      { head: "ADDRESS", cell: ({ address }) => address },
      { head: "PORT", cell: ({ port }) => port, align: "right" },
    ],
    listeners,
  );
  const data = dataDir === "data" ? "" : ` --data ${dataDir}`;
  return `
${bold(`${hostname} is ready.`)} Stop it with Ctrl-C.

${table}
What to do next, in another terminal:
  bin/postern relay show${data}        who may send through this server
  bin/postern mailbox list${data}      who has a mailbox here
  bin/postern doctor${data}            what is still missing
`;
}
