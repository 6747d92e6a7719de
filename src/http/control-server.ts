import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Refusal } from "../admin/refusal.ts";
import type { Result } from "../core/result.ts";

/** How the control server is told to do something. */
export interface ControlServerOptions {
  /** A socket path or, on Windows, a pipe name. The caller holds the data folder's lock, so a file there is a leftover. */
  readonly path: string;
  /** Runs a use case by name. `actor` is who asks, as history names them. */
  run(name: string, input: unknown, actor: string): Promise<Result<unknown, Refusal>>;
  /** Told of a use case that threw; the client only learns that something is broken. */
  failed(name: string, error: unknown): void;
}

/** A running control server. */
export interface ControlServer {
  /** Takes no more commands; resolves when those under way have been answered. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 100;

/**
 * Takes commands from the CLI on this machine: `POST /v1/<use case>` with JSON. Who may connect is a matter of file
 * permission alone: whoever can open the socket is the owner of the data folder, and could change it anyway.
 */
export async function controlServer(options: ControlServerOptions): Promise<ControlServer> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 8192 },
    (request, response) => {
      void answer(request, response, options);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const isPipe = options.path.startsWith("\\\\.\\pipe\\");
  if (!isPipe) await rm(options.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.path, resolve);
  });
  if (!isPipe) await chmod(options.path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ControlServerOptions,
): Promise<void> {
  const name = /^\/v1\/([a-z.-]{1,60})$/.exec(request.url ?? "")?.[1];
  if (name === undefined)
    return send(response, 404, refusal("unknown-use-case", "commands are at /v1/<use case>"));
  if (request.method !== "POST")
    return send(response, 405, refusal("invalid-input", "commands are sent by POST"));
  const body = await readBody(request);
  if (body === undefined) {
    const message = `a command has at most ${MAX_BODY_BYTES} bytes`;
    return send(response, 413, refusal("invalid-input", message));
  }
  const input = parseJson(body);
  if (!input) return send(response, 400, refusal("invalid-input", "the body must be JSON"));
  try {
    const result = await options.run(name, input.value, actorOf(request));
    send(response, 200, result);
  } catch (error) {
    options.failed(name, error);
    const message = "something is broken in the server; its log says what";
    send(response, 500, refusal("internal", message));
  }
}

function refusal(code: Refusal["code"], message: string): Result<never, Refusal> {
  return { ok: false, error: { code, message } };
}

/** The body, or `undefined` where it is too long or breaks off. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The user's name as the CLI gives it: a courtesy to the history, not a matter of trust. */
function actorOf(request: IncomingMessage): string {
  const user = request.headers["x-postern-user"];
  return `cli:${typeof user === "string" && /^[\w.@-]{1,64}$/.test(user) ? user : "unknown"}`;
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}
