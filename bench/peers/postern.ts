import { startPostern } from "../../test/support/postern-server.ts";
import type { Peer } from "../peer.ts";

/** Postern from this clone, with the settings of its set-up. */
export const postern: Peer = {
  name: "postern",
  needs: "nothing",
  async start(sinkPort) {
    const server = await startPostern();
    try {
      await server.configure(
        ["relay", "set", "privileged.enabled=true", "--yes"],
        ["privileged", "add", "127.0.0.1", "--label", "load", "--owner", "bench@example.test"],
        ["route", "add", "--to", "*", "--host", `127.0.0.1:${sinkPort}`, "--tls", "none"],
      );
      const { stdout } = await server.cli(["--version"]);
      return { version: stdout.trim(), smtpPort: server.port("mx"), rootPid: server.pid, stop: server.stop };
    } catch (error) {
      await server.stop();
      throw error;
    }
  },
};
