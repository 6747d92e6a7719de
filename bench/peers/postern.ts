import { join } from "node:path";
import { ALICE, setUpPostern } from "../../test/support/postern-server.ts";
import { fillMaildir } from "../fill-maildir.ts";
import type { Peer, PeerSetup, RunningPeer } from "../peer.ts";

/** Postern from this clone, with the settings of its set-up. */
export const postern: Peer = {
  name: "postern",
  needs: "nothing",
  works: ["accept", "relay", "mailbox", "idle", "idle-tls", "pop"],
  start: (setup) => startPostern(setup),
};

/** Connections from one address that Postern takes when nobody says otherwise. */
const DEFAULT_SESSIONS = 100;

/**
 * Starts Postern as a peer.
 * @param beforeStart is done with the data folder when it has been set up and nobody has it open
 */
export async function startPostern(
  setup: PeerSetup,
  beforeStart?: (dataFolder: string) => Promise<void>,
): Promise<RunningPeer> {
  const folder = await setUpPostern({ edit: (toml) => `${clearPop(toml)}${limits(setup)}` });
  try {
    await folder.configure(
      ["relay", "set", "privileged.enabled=true", "--yes"],
      ["privileged", "add", "127.0.0.1", "--label", "load", "--owner", "bench@example.test"],
      ["route", "add", "--to", "*", "--host", `127.0.0.1:${setup.nextHopPort}`, "--tls", "none"],
    );
    const { stdout } = await folder.cli(["--version"]);
    if (setup.mailbox) {
      const maildir = join(folder.dataFolder, "Postoffices", "example", ALICE.user, "Maildir");
      await fillMaildir(maildir, setup.mailbox);
    }
    await beforeStart?.(folder.dataFolder);
    const server = await folder.serve();
    return {
      version: stdout.trim(),
      smtpPort: server.port("mx"),
      pop: { port: server.port("pop3"), ...ALICE },
      rootPid: server.pid,
      delivered: folder.mailbox(ALICE.user).count,
      stop: async () => {
        // Its folder goes as well, so nothing has to be brought to an end.
        await server.end("SIGKILL");
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** Lets passwords go in clear where mail is fetched. */
function clearPop(toml: string): string {
  return toml.replace(/(protocol = "pop3"\n(?:.+\n)*?)# (allowCleartextAuth = )false/, "$1$2true");
}

function limits({ sessions }: PeerSetup): string {
  if (sessions <= DEFAULT_SESSIONS) return "";
  return `\n[limits]\nmaxConnections = ${sessions}\nmaxConnectionsPerClient = ${sessions}\n`;
}
