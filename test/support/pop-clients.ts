import { chmod, chown, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { type ToolName, toolPath } from "./tools.ts";

/** One visit to a mailbox by a real mail program, which fetches all that is there. */
export interface Fetching {
  readonly port: number;
  /** Certificates are not verified. */
  readonly tls: "stls" | "implicit";
  readonly user: string;
  readonly password: string;
  /** SASL, where the program can be told; else it chooses for itself. */
  readonly mechanism?: "PLAIN" | "LOGIN" | "SCRAM-SHA-256";
  /** Deletes what it has fetched; else everything stays. */
  readonly remove?: boolean;
}

/** How it went. */
export interface Fetched {
  readonly code: number | null;
  readonly output: string;
  /** The messages with LF as line end and without what the program adds, in no certain order. */
  readonly messages: readonly string[];
}

/** Fetches with mpop into a Maildir. */
function mpop(visit: Fetching): Promise<Fetched> {
  return inFolder(async (folder) => {
    const box = await makeMaildir(folder);
    const file = await settings(folder, [
      "account default",
      "host 127.0.0.1",
      `port ${visit.port}`,
      "tls on",
      `tls_starttls ${visit.tls === "stls" ? "on" : "off"}`,
      "tls_certcheck off",
      `user ${visit.user}`,
      `password "${visit.password}"`,
      `auth ${visit.mechanism?.toLowerCase() ?? "on"}`,
      `delivery maildir ${box}`,
      "received_header off",
      `uidls_file ${join(folder, "uidls")}`,
      `keep ${visit.remove === true ? "off" : "on"}`,
    ]);
    const { code, output } = await runProcess(toolPath("mpop"), ["-C", file]);
    return { code, output, messages: await maildirMessages(box) };
  });
}

/** Fetches with fetchmail, which hands each message to a program. */
function fetchmail(visit: Fetching): Promise<Fetched> {
  return inFolder(async (folder) => {
    const box = await makeMaildir(folder);
    const tls = visit.tls === "stls" ? 'sslproto "auto"' : "ssl";
    const keep = visit.remove === true ? "nokeep" : "keep";
    const file = await settings(folder, [
      `poll 127.0.0.1 protocol pop3 service ${visit.port} uidl`,
      `  user "${visit.user}" password "${visit.password}" ${tls} no sslcertck ${keep}`,
      `  no rewrite mda "/bin/sh -c 'cat > $(mktemp ${box}/new/XXXXXXXX)'"`,
    ]);
    const files = ["--invisible", "--pidfile", join(folder, "pid"), "-i", join(folder, "ids")];
    const { code, output } = await runProcess(toolPath("fetchmail"), [
      "-f",
      file,
      ...files,
      "--nosyslog",
      "-v",
    ]);
    return { code, output, messages: await maildirMessages(box) };
  });
}

/** Fetches with getmail6, which will not deliver as root. It has no STLS. */
function getmail(visit: Fetching): Promise<Fetched> {
  return inFolder(async (folder) => {
    const box = await makeMaildir(folder);
    const file = await settings(folder, [
      "[retriever]",
      "type = SimplePOP3SSLRetriever",
      "server = 127.0.0.1",
      `port = ${visit.port}`,
      `username = ${visit.user}`,
      `password = ${visit.password}`,
      "[destination]",
      "type = Maildir",
      `path = ${box}/`,
      "[options]",
      "read_all = true",
      "delivered_to = false",
      "received = false",
      `delete = ${visit.remove === true ? "true" : "false"}`,
    ]);
    const program = [toolPath("getmail"), "--getmaildir", folder, "--rcfile", file];
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) await giveAway(folder);
    const asNobody = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    const [command = "", ...args] = [...asNobody, ...program];
    const { code, output } = await runProcess(command, args);
    // It writes who sent the message, of which it knows nothing.
    const messages = await maildirMessages(box);
    return { code, output, messages: messages.map((text) => text.replace("Return-Path: <unknown>\n", "")) };
  });
}

/** Fetches with curl: first the list, then each message. It deletes nothing. */
function curl(visit: Omit<Fetching, "remove">): Promise<Fetched> {
  const url = `${visit.tls === "implicit" ? "pop3s" : "pop3"}://127.0.0.1:${visit.port}/`;
  const args = ["-sS", "-k", "-v", "--user", `${visit.user}:${visit.password}`];
  if (visit.tls === "stls") args.push("--ssl-reqd");
  if (visit.mechanism) args.push("--login-options", `AUTH=${visit.mechanism}`);
  return inFolder(async (folder) => {
    const list = await runProcess(toolPath("curl"), [...args, url]);
    let { code, output } = list;
    const messages: string[] = [];
    for (const number of list.stdout.match(/^\d+/gm) ?? []) {
      const file = join(folder, number);
      const got = await runProcess(toolPath("curl"), [...args, "-o", file, `${url}${number}`]);
      code ||= got.code;
      output += got.output;
      messages.push((await readFile(file, "latin1")).replaceAll("\r\n", "\n"));
    }
    return { code, output, messages };
  });
}

const POPLIB_PROGRAM = `
import json, poplib, ssl, sys
v = json.load(sys.stdin)
context = ssl._create_unverified_context()
if v["tls"] == "implicit":
    client = poplib.POP3_SSL("127.0.0.1", v["port"], context=context)
else:
    client = poplib.POP3("127.0.0.1", v["port"])
    client.stls(context=context)
assert "UIDL" in client.capa()
client.user(v["user"])
client.pass_(v["password"])
count, size = client.stat()
listed = client.list()[1]
assert sum(int(line.split()[1]) for line in listed) == size
assert len(client.uidl()[1]) == count
messages = []
for n in range(1, count + 1):
    lines = client.retr(n)[1]
    assert client.top(n, 0)[1] == lines[:lines.index(b"") + 1]
    assert sum(len(line) + 2 for line in lines) == int(listed[n - 1].split()[1])
    messages.append(b"".join(line + b"\\n" for line in lines).decode("latin1"))
    if v.get("remove"):
        client.dele(n)
client.quit()
json.dump(messages, sys.stdout)
`;

/** Fetches with Python's poplib, and holds what LIST, UIDL and TOP say against the messages. */
async function poplib(visit: Fetching): Promise<Fetched> {
  const ran = await runProcess(toolPath("python3"), ["-c", POPLIB_PROGRAM], { input: JSON.stringify(visit) });
  const messages = ran.code === 0 ? (JSON.parse(ran.stdout) as string[]) : [];
  return { code: ran.code, output: ran.output, messages };
}

/** Every program, by the name of what has to be installed. */
export const popClients = { mpop, fetchmail, getmail, curl, python3: poplib } as const satisfies Partial<
  Record<ToolName, (visit: Fetching) => Promise<Fetched>>
>;

async function inFolder(use: (folder: string) => Promise<Fetched>): Promise<Fetched> {
  const folder = await tempDir({ shared: true });
  try {
    return await use(folder.path);
  } finally {
    await folder.remove();
  }
}

async function settings(folder: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, "settings");
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  return file;
}

async function makeMaildir(folder: string): Promise<string> {
  const box = join(folder, "box");
  for (const part of ["new", "cur", "tmp"]) await mkdir(join(box, part), { recursive: true });
  return box;
}

async function maildirMessages(box: string): Promise<string[]> {
  const names = await readdir(join(box, "new"));
  const texts = await Promise.all(names.map((name) => readFile(join(box, "new", name), "latin1")));
  return texts.map((text) => text.replaceAll("\r\n", "\n"));
}

/** Makes nobody the owner of the folder and of all that is in it. */
async function giveAway(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of ["", ...names]) await chown(join(folder, name), 65534, 65534);
  await chmod(folder, 0o700);
}
