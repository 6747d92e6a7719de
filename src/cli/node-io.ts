import { hostname, userInfo } from "node:os";
import { clackAsker } from "./clack-asker.ts";
import type { CliIo } from "./io.ts";

/** The terminal and machine of this process. */
export function nodeIo(): CliIo {
  const { stdin, stdout, stderr, env } = process;
  // `postern … | head` closes the pipe early, which is nobody's fault.
  stdout.on("error", (error) => {
    if (!("code" in error) || error.code !== "EPIPE") throw error;
  });
  return {
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    async readStdin(maxBytes) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of stdin) {
        const part = Buffer.from(chunk);
        bytes += part.length;
        if (bytes > maxBytes) return undefined;
        chunks.push(part);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
    env,
    isTty: stdin.isTTY === true && stdout.isTTY === true,
    colours: stdout.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb",
    machineName: hostname(),
    userName: currentUser(),
    asker: clackAsker(),
  };
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as containers have it.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
