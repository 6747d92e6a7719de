import type { Duplex } from "./transcript.ts";

/** Sends lines, each with its CRLF, and gives the first line that comes back for the last of them. */
export async function say(duplex: Duplex, ...lines: readonly string[]): Promise<string> {
  let answer: string | undefined;
  for (const line of lines) {
    await duplex.send(Buffer.from(`${line}\r\n`));
    answer = await duplex.receiveLine();
  }
  return answer ?? "";
}
