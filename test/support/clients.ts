import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { type ToolName, toolPath } from "./tools.ts";

/** One message to be sent by a real mail program. */
export interface Submission {
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  readonly port: number;
  /** `none` unless given. Certificates are not verified. */
  readonly tls?: "none" | "starttls" | "implicit";
  readonly auth?: { readonly mechanism: Mechanism; readonly user: string; readonly password: string };
  /** MAIL FROM without brackets; empty for the null path. */
  readonly from: string;
  readonly to: readonly string[];
  /** Header and body with LF as line end. s-nail takes the subject and the body and writes its own header. */
  readonly message: string;
}

/** Mechanisms that clients are told to use. curl on Debian and Python's smtplib know no SCRAM, swaks and s-nail neither. */
export type Mechanism = "PLAIN" | "LOGIN" | "SCRAM-SHA-256";

/** How it went. */
export interface Sent {
  /** The exit code of the program; 0 means that it believes the message to be taken. */
  readonly code: number | null;
  /** All that it wrote, with the dialog. */
  readonly output: string;
  /** Every line that the server said, in order. */
  readonly replies: readonly string[];
  /** The line that mattered: the first refusal where the program failed, else the answer to the message. */
  readonly reply: string | undefined;
}

/** Sends with swaks. */
function swaks(submission: Submission): Promise<Sent> {
  const { tls, auth, from, to, message } = submission;
  const args = ["--server", `${hostOf(submission)}:${submission.port}`, "--ehlo", "client.test"];
  // swaks writes the null path as <>.
  args.push("--from", from === "" ? "<>" : from, "--to", to.join(","), "--data", "-");
  if (tls === "starttls") args.push("--tls");
  if (tls === "implicit") args.push("--tls-on-connect");
  if (auth) args.push("--auth", auth.mechanism, "--auth-user", auth.user, "--auth-password", auth.password);
  return send("swaks", args, message, /^(?:<-|<~|<\*\*|<~\*) +(\d{3}[ -].*)$/);
}

/** Sends with curl. */
function curl(submission: Submission): Promise<Sent> {
  const { tls, auth, from, to, message } = submission;
  const scheme = tls === "implicit" ? "smtps" : "smtp";
  const args = [
    "-v",
    "-sS",
    "-k",
    "--url",
    `${scheme}://${hostOf(submission)}:${submission.port}/client.test`,
  ];
  args.push(
    "--mail-from",
    from,
    ...to.flatMap((address) => ["--mail-rcpt", address]),
    "--upload-file",
    "-",
    "--crlf",
  );
  if (tls === "starttls") args.push("--ssl-reqd");
  if (auth) args.push("--user", `${auth.user}:${auth.password}`, "--login-options", `AUTH=${auth.mechanism}`);
  return send("curl", args, message, /^< (\d{3}[ -].*)$/);
}

/** Sends with msmtp, which adds no field of its own here. */
async function msmtp(submission: Submission): Promise<Sent> {
  const { tls = "none", auth, from, to, message } = submission;
  const settings = [
    "account default",
    `host ${hostOf(submission)}`,
    `port ${submission.port}`,
    "domain client.test",
    "set_from_header off",
    "set_date_header off",
    "remove_bcc_headers off",
    `tls ${tls === "none" ? "off" : "on"}`,
    `tls_starttls ${tls === "starttls" ? "on" : "off"}`,
    "tls_certcheck off",
    ...(auth
      ? [`auth ${auth.mechanism.toLowerCase()}`, `user "${auth.user}"`, `password "${auth.password}"`]
      : ["auth off"]),
  ];
  const folder = await tempDir();
  try {
    const file = join(folder.path, "msmtprc");
    await writeFile(file, `${settings.join("\n")}\n`, { mode: 0o600 });
    return await send("msmtp", ["-C", file, "-d", "-f", from, "--", ...to], message, /^<-- (\d{3}[ -].*)$/);
  } finally {
    await folder.remove();
  }
}

/** Sends with s-nail. */
function sNail(submission: Submission): Promise<Sent> {
  const { tls, auth, from, to, message } = submission;
  const login = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : "";
  const scheme = tls === "implicit" ? "smtps" : "smtp";
  const settings = {
    "v15-compat": undefined,
    mta: `${scheme}://${login}${hostOf(submission)}:${submission.port}`,
    "smtp-auth": auth?.mechanism.toLowerCase() ?? "none",
    hostname: "client.test",
    // Else it keeps in a file of the user's what it could not send.
    nosave: undefined,
    "tls-verify": "ignore",
    from,
    ...(tls === "starttls" ? { "smtp-use-starttls": undefined } : {}),
  };
  const args = Object.entries(settings).map(
    ([name, value]) => `-S${name}${value === undefined ? "" : `=${value}`}`,
  );
  const [header = "", ...body] = message.split("\n\n");
  const subject = /^Subject: (.*)$/m.exec(header)?.[1] ?? "";
  const all = ["-:/", "-vv", ...args, "-s", subject, "-r", from, ...to];
  return send("s-nail", all, body.join("\n\n"), />>> SERVER: (\d{3}[ -].*)$/);
}

const SMTPLIB_PROGRAM = `
import json, smtplib, ssl, sys
s = json.load(sys.stdin)
context = ssl._create_unverified_context()
smtplib.SMTP.debuglevel = 1
if s.get("tls") == "implicit":
    client = smtplib.SMTP_SSL(s["host"], s["port"], "client.test", context=context)
else:
    client = smtplib.SMTP(s["host"], s["port"], "client.test")
if s.get("tls") == "starttls":
    client.starttls(context=context)
client.ehlo()
auth = s.get("auth")
if auth:
    client.user, client.password = auth["user"], auth["password"]
    client.auth(auth["mechanism"], getattr(client, "auth_" + auth["mechanism"].lower()))
client.sendmail(s["from"], s["to"], s["message"].replace("\\n", "\\r\\n").encode())
client.quit()
`;

/** Sends with Python's smtplib. */
function smtplib(submission: Submission): Promise<Sent> {
  const input = JSON.stringify({ ...submission, host: hostOf(submission) });
  return send("python3", ["-c", SMTPLIB_PROGRAM], input, /^reply: b'(\d{3}[ -].*?)(?:\\r\\n)?'$/);
}

/** Every client, by name, for tests that run over all of them. */
export const clients = { swaks, curl, msmtp, "s-nail": sNail, python3: smtplib } as const;

function hostOf(submission: Submission): string {
  return submission.host ?? "127.0.0.1";
}

async function send(
  tool: ToolName,
  args: readonly string[],
  input: string,
  replyLine: RegExp,
): Promise<Sent> {
  const { code, output } = await runProcess(toolPath(tool), args, { input });
  const replies = output.split("\n").flatMap((line) => replyLine.exec(line.trim())?.[1] ?? []);
  return { code, output, replies, reply: decisiveReply(code, replies) };
}

function decisiveReply(code: number | null, replies: readonly string[]): string | undefined {
  if (code === 0) return replies.findLast((line) => line.startsWith("2") && !line.startsWith("221"));
  return replies.find((line) => /^[45]/.test(line)) ?? replies.at(-1);
}
