import { chmod, mkdir, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { toolPath } from "./tools.ts";
import { waitForListener, waitUntil } from "./wait-until.ts";

/** Postfix's smtp-sink: an SMTP server that takes every message and counts it. */
export interface SmtpSink {
  readonly port: number;
  /** Messages taken so far. */
  received(): Promise<number>;
  /** Waits until that many messages have come in all; rejects with the count when time is up. */
  waitFor(messages: number, withinMs?: number): Promise<void>;
  /** The messages, each after smtp-sink's own fields (`X-Mail-Args` …), with LF as line end. Only with `keep`. */
  messages(): Promise<Buffer[]>;
  stop(): Promise<void>;
}

/** How smtp-sink is started. */
export interface SmtpSinkOptions {
  /** Keeps each message in a file of its own. It then is many times slower. */
  readonly keep?: boolean;
  /** More of smtp-sink's own options, such as `["-r", "RCPT"]` to refuse every recipient with a 4xx. */
  readonly args?: readonly string[];
}

/** Starts a sink on a free port of 127.0.0.1. */
export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const port = await freePort();
  const folder = await tempDir({ shared: true });
  const kept = join(folder.path, "kept");
  await mkdir(kept);
  await chmod(kept, 0o777);
  // The counters go to a file, so that nobody has to wake up for each message of a load test.
  const counters = await open(join(folder.path, "counters"), "w+");
  const user = process.geteuid?.() === 0 ? ["-u", "nobody"] : [];
  const keep = options.keep === true ? ["-d", `${kept}/m.`] : [];
  const args = [...user, "-c", "-m", "1000", ...keep, ...(options.args ?? []), `127.0.0.1:${port}`, "256"];
  const sink = startProcess(toolPath("smtp-sink"), args, { stdoutFd: counters.fd });
  const received = async () => lastCount(await tail(counters));
  const stop = async () => {
    await sink.stop();
    await counters.close();
    await folder.remove();
  };
  try {
    await waitForListener(port);
  } catch (error) {
    await stop();
    throw new Error(`smtp-sink did not start: ${sink.output()}`, { cause: error });
  }
  let seen = 0;
  return {
    port,
    received,
    stop,
    waitFor: async (messages, withinMs = 30_000) => {
      const enough = async () => {
        seen = await received();
        return seen >= messages ? true : undefined;
      };
      await waitUntil(() => `${seen} of ${messages} messages have come to smtp-sink`, enough, withinMs);
    },
    messages: async () => {
      const names = (await readdir(kept)).sort();
      return Promise.all(names.map((name) => readFile(join(kept, name))));
    },
  };
}

/** The last bytes of the file of counters: many times what one set of counters takes. */
async function tail(file: Awaited<ReturnType<typeof open>>): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, 512);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.toString("latin1", 0, bytesRead);
}

/** smtp-sink writes `sess=1 quit=1 mesg=2` and CR again and again; a set without its CR may be half written. */
function lastCount(counters: string): number {
  const sets = counters.split("\r").slice(0, -1);
  return Number(/mesg=(\d+)/.exec(sets.at(-1) ?? "")?.[1] ?? 0);
}
