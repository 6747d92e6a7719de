import { join } from "node:path";
import { startProcess } from "../../test/support/process.ts";
import type { Peer } from "../peer.ts";

const PROGRAM = join(import.meta.dirname, "..", "programs", "accept-and-drop.ts");

/**
 * Postern's own SMTP server without a store or a queue: every message is received, decided on and forgotten. No mail
 * server may do so; it tells what the protocol costs, so that the rest is what keeping mail costs.
 */
export const acceptAndDrop: Peer = {
  name: "accept-and-drop",
  needs: "nothing",
  works: ["accept"],
  async start() {
    const server = startProcess(process.execPath, [PROGRAM]);
    const [line] = await server.waitForLine(/^\{"port":\d+\}$/);
    const { port } = JSON.parse(line) as { port: number };
    return {
      version: "without a store",
      smtpPort: port,
      rootPid: server.pid,
      stop: async () => void (await server.stop()),
    };
  },
};
