import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { selfSignedCertificate } from "./certificate.ts";
import { freePort } from "./free-port.ts";
import { startProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { toolPath } from "./tools.ts";
import { waitForListener } from "./wait-until.ts";

/** Dovecot's POP3 server on loopback, with one password for every user. */
export interface Dovecot {
  readonly pid: number;
  readonly port: number;
  readonly tlsPort: number;
  /** The Maildir of every user. */
  readonly maildir: string;
  stop(): Promise<void>;
}

export const DOVECOT_PASSWORD = "pw";

/**
 * Starts Dovecot 2.3, which needs root.
 * @param postLogin a shell script that runs after each good login, before the session
 */
export async function startDovecot(options: { readonly postLogin?: string } = {}): Promise<Dovecot> {
  const folder = await tempDir({ shared: true });
  const [port, tlsPort] = [await freePort(), await freePort()];
  const files = await selfSignedCertificate(folder.path);
  const maildir = join(folder.path, "mail");
  await mkdir(maildir);
  await chmod(maildir, 0o777);
  const script = join(folder.path, "post-login");
  if (options.postLogin !== undefined) await writeFile(script, options.postLogin, { mode: 0o755 });
  const config = join(folder.path, "dovecot.conf");
  await writeFile(
    config,
    `protocols = pop3
listen = 127.0.0.1
base_dir = ${folder.path}/run
state_dir = ${folder.path}/state
log_path = /dev/stderr
mail_location = maildir:${maildir}
ssl = yes
ssl_cert = <${files.certificate}
ssl_key = <${files.key}
disable_plaintext_auth = no
first_valid_uid = 0
first_valid_gid = 0
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = ${tlsPort}
  }
}
passdb {
  driver = static
  args = password=${DOVECOT_PASSWORD}
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=${folder.path}
}
${options.postLogin === undefined ? "" : postLoginService(script)}`,
  );
  const dovecot = startProcess(toolPath("dovecot"), ["-F", "-c", config]);
  const stop = async () => {
    await dovecot.stop();
    await folder.remove();
  };
  try {
    await Promise.race([
      waitForListener(port),
      dovecot.exited.then(() => Promise.reject(new Error(dovecot.output()))),
    ]);
    return { pid: dovecot.pid, port, tlsPort, maildir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function postLoginService(script: string): string {
  return `service pop3 {
  executable = pop3 pop-before-smtp
}
service pop-before-smtp {
  executable = script-login ${script}
  user = root
  unix_listener pop-before-smtp {
  }
}
`;
}
