import { startPostfix } from "../../test/support/postfix-peer.ts";
import { runProcess } from "../../test/support/process.ts";
import { toolPath } from "../../test/support/tools.ts";
import type { Peer } from "../peer.ts";

/** Postfix with the settings that it is shipped with, in a folder of its own. Its log is a file that it writes itself. */
export const postfix: Peer = {
  name: "postfix",
  needs: "Debian's postfix, and root to start it",
  works: ["accept", "relay", "mailbox"],
  async start({ nextHopPort }) {
    const { stdout } = await runProcess(toolPath("postconf"), ["-h", "mail_version"]);
    const { smtpPort, masterPid, mailbox, stop } = await startPostfix({
      relayhost: { host: "127.0.0.1", port: nextHopPort },
      mailboxDomains: ["example.test"],
    });
    return { version: stdout.trim(), smtpPort, rootPid: masterPid, delivered: mailbox.count, stop };
  },
};
