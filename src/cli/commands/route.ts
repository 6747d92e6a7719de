import { type Command, Option } from "commander";
import { routeAdd, routeList, routeRemove } from "../../admin/routes.ts";
import { given } from "../command-context.ts";
import { newPassword } from "../read-password.ts";
import { formatTable } from "../table.ts";
import { addNoun, addVerb, type ContextOf } from "./noun.ts";

interface AddOptions {
  readonly to: string;
  readonly host: string;
  readonly tls?: "none" | "may" | "require" | "verify";
  readonly user?: string;
  readonly passwordStdin?: boolean;
}

/** `route add|list|remove`. */
export function addRouteCommands(program: Command, contextOf: ContextOf): void {
  const route = addNoun(
    program,
    "route",
    "Smart hosts: where mail goes instead of to the recipient's own server",
  );
  addVerb(route, "add", {
    summary: "Send mail for a domain, or for all, to a smart host",
    examples: [
      "route add --to '*' --host 127.0.0.1:2626 --tls none",
      "route add --to .example.test --host relay.example.test:587 --tls verify --user me --password-stdin < file",
    ],
  })
    .requiredOption("--to <pattern>", "a domain, .domain for all below it, or '*' for every other")
    .requiredOption("--host <host[:port]>", "the smart host; port 25 where none is given")
    .addOption(
      new Option(
        "--tls <mode>",
        "none; may: when offered; require; verify: with a certificate for the host (default: may)",
      ).choices(["none", "may", "require", "verify"]),
    )
    .option("--user <name>", "log in with this name")
    .option("--password-stdin", "read the password of that login from stdin")
    .action(async ({ to, host, tls, user, passwordStdin }: AddOptions) => {
      const context = contextOf();
      const password = user === undefined ? undefined : await newPassword(context, passwordStdin);
      const output = await context.send(routeAdd, { to, host, ...given({ tls, user, password }) });
      context.show(output, (made) => `Mail for ${made.to} goes to ${made.host} port ${made.port}.\n`);
    });
  addVerb(route, "list", { summary: "List the routes", examples: ["route list"] }).action(async () => {
    const context = contextOf();
    context.show(await context.send(routeList, {}), (rows) =>
      rows.length === 0
        ? "No routes: mail goes to each domain's own servers.\n"
        : formatTable(
            [
              { head: "TO", cell: (row) => row.to },
              { head: "HOST", cell: (row) => row.host },
              { head: "PORT", cell: (row) => row.port, align: "right" },
              { head: "TLS", cell: (row) => row.tls },
              { head: "USER", cell: (row) => row.user },
            ],
            rows,
          ),
    );
  });
  addVerb(route, "remove <pattern>", {
    summary: "Remove a route",
    examples: ["route remove '*'", "route remove .example.test"],
  }).action(async (to: string) => {
    const context = contextOf();
    context.show(
      await context.send(routeRemove, { to }),
      ({ removed }) => `Removed the route for ${removed}.\n`,
    );
  });
}
