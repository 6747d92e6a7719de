import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { Refusal } from "../admin/refusal.ts";
import { err, type Result } from "../core/result.ts";

/** One command to the running server. */
export interface ControlRequest {
  readonly dataDir: string;
  /** The use case. */
  readonly name: string;
  readonly input: unknown;
  readonly user: string;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 60_000;

/**
 * Sends a command to the server that runs on a data folder.
 * @returns its answer, or `undefined` where no server runs there.
 */
export async function askServer(command: ControlRequest): Promise<Result<unknown, Refusal> | undefined> {
  const socketPath = await findSocket(command.dataDir);
  try {
    return parseAnswer(await post(socketPath, command));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") return undefined;
    return err(explainFault(code, error, socketPath));
  }
}

/** The server writes down its socket's place where that is not the usual one. */
async function findSocket(dataDir: string): Promise<string> {
  const written = await readFile(join(dataDir, "run", "control.path"), "utf8").catch(() => "");
  return written.trim() || join(dataDir, "run", "control.sock");
}

function post(socketPath: string, { name, input, user }: ControlRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath,
      path: `/v1/${name}`,
      method: "POST",
      headers: { "content-type": "application/json", "x-postern-user": encodeURIComponent(user) },
      timeout: ANSWER_TIMEOUT_MS,
    };
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) incoming.destroy(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      incoming.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
      incoming.on("error", reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the server did not answer in a minute")));
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(input));
  });
}

/** The other end is this same program, but what stands at a path could be anything. */
function parseAnswer(text: string): Result<unknown, Refusal> {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === "object" && answer !== null && "ok" in answer) {
    if (answer.ok === true) return { ok: true, value: "value" in answer ? answer.value : undefined };
    if ("error" in answer && isRefusal(answer.error)) return err(answer.error);
  }
  throw new Error("the answer is not one of a Postern server");
}

function isRefusal(value: unknown): value is Refusal {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
}

function explainFault(code: unknown, error: unknown, socketPath: string): Refusal {
  if (code === "EACCES" || code === "EPERM") {
    const message = `you may not speak to the server at ${socketPath}; run this as the user that the server runs as`;
    return { code: "unavailable", message };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    code: "unavailable",
    message: `the server at ${socketPath} cannot be asked: ${reason}; see its log`,
  };
}
