import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { startProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { toolPath } from "./tools.ts";
import { waitForListener } from "./wait-until.ts";

/** A way through haproxy to a server on 127.0.0.1. */
export interface ProxyWay {
  readonly name: string;
  /** The server's port. */
  readonly port: number;
  /** What haproxy sends before the client's bytes. */
  readonly header: "send-proxy" | "send-proxy-v2" | "none";
}

/** A running haproxy. */
export interface Haproxy {
  /** Where the way with that name begins: on 127.0.0.1. */
  port(name: string): number;
  stop(): Promise<void>;
}

/**
 * Starts haproxy, which passes TCP on.
 * @param sourceAddress the loopback address that its connections to the servers come from
 */
export async function startHaproxy(ways: readonly ProxyWay[], sourceAddress: string): Promise<Haproxy> {
  const folder = await tempDir();
  const ports = new Map<string, number>();
  const sections = [
    "defaults",
    "  mode tcp",
    "  timeout connect 5s",
    "  timeout client 60s",
    "  timeout server 60s",
  ];
  for (const { name, port, header } of ways) {
    const own = await freePort();
    ports.set(name, own);
    const sent = header === "none" ? "" : header;
    sections.push(
      `listen ${name}`,
      `  bind 127.0.0.1:${own}`,
      `  server postern 127.0.0.1:${port} source ${sourceAddress} ${sent}`,
    );
  }
  const file = join(folder.path, "haproxy.cfg");
  await writeFile(file, `${sections.join("\n")}\n`);
  const haproxy = startProcess(toolPath("haproxy"), ["-db", "-f", file]);
  const stop = async () => {
    await haproxy.stop();
    await folder.remove();
  };
  try {
    for (const port of ports.values()) await waitForListener(port);
  } catch (error) {
    await stop();
    throw new Error(`haproxy did not start: ${haproxy.output()}`, { cause: error });
  }
  return {
    port: (name) => {
      const port = ports.get(name);
      if (port === undefined) throw new Error(`haproxy has no way ${name}`);
      return port;
    },
    stop,
  };
}
