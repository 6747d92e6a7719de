import { CliFailure, EXIT, usage } from "./cli-failure.ts";
import type { CommandContext } from "./command-context.ts";

const MAX_BYTES = 4096;

/** The password from stdin (`--password-stdin`): one line, whose end does not belong to it. */
async function passwordFromStdin(context: CommandContext): Promise<string> {
  const text = await context.io.readStdin(MAX_BYTES);
  if (text === undefined) throw usage(`the password on stdin has more than ${MAX_BYTES} bytes`);
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw usage("stdin is empty; write the password to it, followed by a line end or not");
  if (/[\r\n]/.test(password)) throw usage("stdin has more than one line; a password is one line");
  return password;
}

/** A new password that there must be: from stdin, or asked for twice. */
export async function newPassword(context: CommandContext, fromStdin: boolean | undefined): Promise<string> {
  if (fromStdin) return passwordFromStdin(context);
  if (!context.io.isTty) throw usage("a password is needed; write it to stdin and add --password-stdin");
  const password = await askTwice(context, "New password");
  if (password === "") throw new CliFailure(EXIT.failed, "the password is empty; nothing was changed");
  return password;
}

/** A new password that may be left out: from stdin, or asked for at a terminal, where an empty answer is none. */
export async function optionalPassword(
  context: CommandContext,
  fromStdin: boolean | undefined,
): Promise<string | undefined> {
  if (fromStdin) return passwordFromStdin(context);
  if (!context.io.isTty) return undefined;
  return (await askTwice(context, "Password (empty: none yet)")) || undefined;
}

/** Asks for a password and once more, since it is not seen; empty where the first answer is. */
export async function askTwice({ io }: Pick<CommandContext, "io">, question: string): Promise<string> {
  const first = await io.asker.password(question);
  if (first === undefined) throw new CliFailure(EXIT.failed, "given up; nothing was changed");
  if (first === "") return "";
  const second = await io.asker.password("The same again");
  if (first !== second) throw new CliFailure(EXIT.failed, "the two are not the same; nothing was changed");
  return first;
}
