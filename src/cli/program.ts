import { Command, CommanderError } from "commander";
import type { CliActions } from "./actions.ts";
import { CliFailure, EXIT, type ExitCode } from "./cli-failure.ts";
import { type CommandContext, type CommonOptions, commandContext } from "./command-context.ts";
import { addAddressCommands } from "./commands/address.ts";
import { addAdminCommands } from "./commands/admin.ts";
import { addContainmentCommands } from "./commands/containment.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addDomainCommands } from "./commands/domain.ts";
import { addGroupCommands } from "./commands/group.ts";
import { addHealthCommand } from "./commands/health.ts";
import { addJournalCommands } from "./commands/journal.ts";
import { addLimitsCommands } from "./commands/limits.ts";
import { addLoginBlockCommands } from "./commands/login-block.ts";
import { addMailboxCommands } from "./commands/mailbox.ts";
import type { ContextOf } from "./commands/noun.ts";
import { addPopGrantCommands } from "./commands/pop-grant.ts";
import { addPostofficeCommands } from "./commands/postoffice.ts";
import { addPrivilegedCommands } from "./commands/privileged.ts";
import { addQueueCommands } from "./commands/queue.ts";
import { addRelayCommands } from "./commands/relay.ts";
import { addRouteCommands } from "./commands/route.ts";
import { addServeCommands } from "./commands/serve.ts";
import { addSetupCommand } from "./commands/setup.ts";
import type { CliIo } from "./io.ts";

/** The program with all its commands. `contextOf` is asked only once a line has been parsed. */
export function buildProgram(io: CliIo, version: string, contextOf: ContextOf): Command {
  const program = new Command("postern")
    .description("A mail server whose heart is relay control.")
    .version(version, "--version", "write the version and end")
    .option("--data <folder>", "the data folder (default: POSTERN_DATA, or data)")
    .option("--json", "write the result as JSON")
    .option("--yes", "do not ask before what cannot be undone")
    .helpOption("-h, --help", "write this help and end")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text) })
    .exitOverride();
  addSetupCommand(program, contextOf);
  addServeCommands(program, contextOf);
  addRelayCommands(program, contextOf);
  addPrivilegedCommands(program, contextOf);
  addPopGrantCommands(program, contextOf);
  addLoginBlockCommands(program, contextOf);
  addPostofficeCommands(program, contextOf);
  addDomainCommands(program, contextOf);
  addMailboxCommands(program, contextOf);
  addAddressCommands(program, contextOf);
  addGroupCommands(program, contextOf);
  addRouteCommands(program, contextOf);
  addLimitsCommands(program, contextOf);
  addContainmentCommands(program, contextOf);
  addQueueCommands(program, contextOf);
  addJournalCommands(program, contextOf);
  addAdminCommands(program, contextOf);
  addDoctorCommand(program, contextOf);
  addHealthCommand(program, contextOf);
  return program;
}

/**
 * Runs one command line.
 * @param args the words after the program's name.
 * @returns the exit code of SPEC §5; everything there is to say has been written.
 */
export async function runCli(
  args: readonly string[],
  io: CliIo,
  version: string,
  actions: CliActions,
): Promise<ExitCode> {
  let context: CommandContext | undefined;
  const program = buildProgram(io, version, () => {
    context ??= commandContext(io, actions, program.opts<CommonOptions>());
    return context;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOf(error);
    if (!(error instanceof CliFailure)) throw error;
    io.stderr(formatFailure(error, context?.json ?? false));
    return error.exitCode;
  } finally {
    await context?.close();
  }
}

/** Help and version that were asked for are done; everything else that commander ends with was bad usage. */
function exitCodeOf(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}

function formatFailure(error: CliFailure, json: boolean): string {
  if (!json) return `postern: ${error.message}\n`;
  return `${JSON.stringify({ error: error.refusal ?? { code: "failed", message: error.message } })}\n`;
}
