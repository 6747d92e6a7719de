import { runProcess } from "./process.ts";
import { toolPath } from "./tools.ts";

/** What swaks was offered and answered when it tried to log in. */
export interface TriedLogin {
  /** The mechanisms after EHLO over TLS. */
  readonly offered: string;
  /** The last reply to AUTH, such as `235 2.7.0 Logged in`; empty where swaks found no mechanism that it could use. */
  readonly reply: string;
}

/** Logs in to a submission listener over STARTTLS and leaves again. Needs swaks. */
export async function logIn(
  port: number,
  user: string,
  password: string,
  mechanism = "PLAIN",
): Promise<TriedLogin> {
  const args = ["--server", `127.0.0.1:${port}`, "--tls", "--quit-after", "AUTH", "--auth", mechanism];
  const { output } = await runProcess(toolPath("swaks"), [...args, "-au", user, "-ap", password]);
  const offered = [...output.matchAll(/^<~ +250[ -]AUTH (.+)$/gm)].at(-1)?.[1] ?? "";
  const reply = [...output.matchAll(/^<(?:~|~\*|~\*\*) +((?:235|454|5\d\d) .+)$/gm)].at(-1)?.[1] ?? "";
  return { offered: offered.trim(), reply: reply.trim() };
}
