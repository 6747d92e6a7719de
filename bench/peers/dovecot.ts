import { DOVECOT_PASSWORD, startDovecot } from "../../test/support/dovecot.ts";
import { runProcess } from "../../test/support/process.ts";
import { toolPath } from "../../test/support/tools.ts";
import { fillMaildir } from "../fill-maildir.ts";
import type { Peer } from "../peer.ts";

/** Dovecot's POP3 server with the settings that it is shipped with, and a password that it need not hash. */
export const dovecot: Peer = {
  name: "dovecot",
  needs: "Debian's dovecot-pop3d, and root to start it",
  works: ["pop"],
  async start({ mailbox }) {
    const { stdout } = await runProcess(toolPath("dovecot"), ["--version"]);
    const running = await startDovecot();
    if (mailbox) await fillMaildir(running.maildir, mailbox);
    return {
      version: stdout.split(" ")[0] ?? "",
      // It has none, and no work that needs one.
      smtpPort: 0,
      pop: { port: running.port, user: "alice@example.test", password: DOVECOT_PASSWORD },
      rootPid: running.pid,
      stop: running.stop,
    };
  },
};
