import { chown, mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type Maildir, maildir } from "./maildir.ts";
import { runProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { toolPath } from "./tools.ts";
import { waitUntil } from "./wait-until.ts";

/** A real Postfix in a folder of its own. */
export interface PostfixPeer {
  readonly smtpPort: number;
  /** Process id of Postfix's master, the parent of all its daemons. */
  readonly masterPid: number;
  /** All that it has logged. */
  maillog(): Promise<string>;
  /** Waits for a line of the log that matches and gives it back. */
  waitForLog(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Its mailbox. Messages are as its virtual(8) wrote them: `Return-Path`, `Delivered-To` and `Received` first. */
  readonly mailbox: Maildir;
  stop(): Promise<void>;
}

/** What this Postfix is for. */
export interface PostfixOptions {
  /** Every address of these domains is delivered into one mailbox, see `mailbox`. */
  readonly mailboxDomains?: readonly string[];
  /** Domains that it takes from anybody and passes on. Clients on loopback may send to any domain. */
  readonly relayDomains?: readonly string[];
  /** Where everything that is not for its mailbox goes; without it such mail is refused delivery, never DNS. */
  readonly relayhost?: { readonly host: string; readonly port: number };
  /** PEM files: STARTTLS is offered with them. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** More lines of main.cf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Ids of nobody and nogroup on Debian, who own the mailbox. */
const NOBODY = 65_534;

/** Starts Postfix, without systemd, on a free port of 127.0.0.1. Needs root: Postfix's master changes users. */
export async function startPostfix(options: PostfixOptions = {}): Promise<PostfixPeer> {
  const smtpPort = await freePort();
  const folder = await tempDir({ shared: true });
  const paths = {
    conf: join(folder.path, "conf"),
    queue: join(folder.path, "spool"),
    data: join(folder.path, "data"),
    mailbox: join(folder.path, "mailbox"),
    maillog: join(folder.path, "mail.log"),
  };
  try {
    await writeConfiguration(paths, folder.path, smtpPort, options);
    const started = await runProcess(toolPath("postfix"), ["-c", paths.conf, "start"]);
    if (started.code !== 0) throw new Error(`Postfix did not start: ${started.output}`);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const masterPid = Number(await readFile(join(paths.queue, "pid", "master.pid"), "latin1"));
  const maillog = () => readFile(paths.maillog, "utf8").catch(() => "");
  return {
    smtpPort,
    masterPid,
    maillog,
    mailbox: maildir(join(paths.mailbox, "all")),
    waitForLog: (pattern, withinMs) => waitForLog(maillog, pattern, withinMs),
    stop: async () => {
      await stopMaster(masterPid);
      await folder.remove();
    },
  };
}

/** Where the parts of one Postfix are. */
interface Paths {
  readonly conf: string;
  readonly queue: string;
  readonly data: string;
  readonly mailbox: string;
  readonly maillog: string;
}

async function writeConfiguration(
  paths: Paths,
  folder: string,
  smtpPort: number,
  options: PostfixOptions,
): Promise<void> {
  const postfixUser = await postfixUserId();
  for (const path of [paths.conf, paths.queue, paths.data, paths.mailbox]) await mkdir(path);
  await makeQueueFolders(paths.queue, postfixUser);
  const settings = mainCf(paths, folder, options);
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const mainFile = join(paths.conf, "main.cf");
  await writeFile(mainFile, `${lines.join("\n")}\n`);
  // Postfix waits two seconds for a file that was changed just now, since it could be half written.
  await utimes(mainFile, 0, 0);
  await writeFile(join(paths.conf, "master.cf"), masterCf(smtpPort));
  await chown(paths.data, postfixUser, 0);
  await chown(paths.mailbox, NOBODY, NOBODY);
}

function mainCf(paths: Paths, folder: string, options: PostfixOptions): Record<string, string> {
  const { relayhost, tls, mailboxDomains = [], relayDomains = [] } = options;
  return {
    compatibility_level: "3.6",
    queue_directory: paths.queue,
    data_directory: paths.data,
    maillog_file: paths.maillog,
    maillog_file_prefixes: folder,
    mail_owner: "postfix",
    setgid_group: "postdrop",
    myhostname: "postfix.peer.test",
    mydestination: "",
    mynetworks: "127.0.0.0/8",
    inet_interfaces: "127.0.0.1",
    inet_protocols: "ipv4",
    alias_maps: "",
    alias_database: "",
    relay_domains: relayDomains.join(" "),
    virtual_mailbox_domains: mailboxDomains.join(" "),
    virtual_mailbox_base: paths.mailbox,
    virtual_mailbox_maps: "static:all/",
    virtual_uid_maps: `static:${NOBODY}`,
    virtual_gid_maps: `static:${NOBODY}`,
    smtp_tls_security_level: "may",
    smtp_dns_support_level: "disabled",
    ...(relayhost === undefined
      ? { default_transport: "error:5.4.4 this Postfix has no relayhost" }
      : { relayhost: `[${relayhost.host}]:${relayhost.port}` }),
    ...(tls === undefined
      ? {}
      : {
          smtpd_tls_security_level: "may",
          smtpd_tls_received_header: "yes",
          smtpd_tls_cert_file: tls.certificate,
          smtpd_tls_key_file: tls.key,
        }),
    ...options.settings,
  };
}

/** master.cf as shipped, but for the port and without chroot, since the folder has no /etc. */
function masterCf(smtpPort: number): string {
  return `127.0.0.1:${smtpPort} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}

/** What `postfix check` would make, which is slow; the file `quick-start` tells Postfix to skip that check once. */
async function makeQueueFolders(queue: string, owner: number): Promise<void> {
  const names =
    "active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace";
  for (const name of names.split(" ")) {
    await mkdir(join(queue, name), { mode: 0o700 });
    await chown(join(queue, name), owner, 0);
  }
  await mkdir(join(queue, "pid"));
  await writeFile(join(queue, "quick-start"), "");
}

async function postfixUserId(): Promise<number> {
  const { stdout } = await runProcess("id", ["-u", "postfix"]);
  return Number(stdout);
}

async function waitForLog(
  maillog: () => Promise<string>,
  pattern: RegExp,
  withinMs: number | undefined,
): Promise<string> {
  let seen = "";
  const look = async () => {
    seen = await maillog();
    return seen.split("\n").find((line) => pattern.test(line));
  };
  return waitUntil(() => `no line of Postfix's log matches ${pattern}:\n${seen}`, look, withinMs);
}

/**
 * Ends the master and its daemons, which are all of one process group. SIGTERM would do as well, but takes a second
 * longer. It is nobody's child, so its end is looked for.
 */
async function stopMaster(pid: number): Promise<void> {
  if (!(await isRunning(pid))) return;
  process.kill(-pid, "SIGKILL");
  const gone = async () => ((await isRunning(pid)) ? undefined : true);
  await waitUntil(() => `Postfix's master ${pid} does not end`, gone);
}

/** A zombie is not running; where nobody collects orphans it stays for ever. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}
