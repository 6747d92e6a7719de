import { type ConfigProblem, formatConfigProblem } from "../config/config-problem.ts";
import { parseServerConfig } from "../config/parse-server-config.ts";
import { NEW_LISTENERS, renderServerConfig } from "../config/render-server-config.ts";
import type { ServerConfig, TlsFiles } from "../config/server-config.ts";
import { parseDomain } from "../core/domain.ts";
import { parseAddress } from "../core/email-address.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Credentials, DirectoryAdmin } from "../ports/directory.ts";
import type { SetUpNames } from "./set-up-defaults.ts";

/** What setup is told; a password that is not given is made up and written to the first-login file. */
export interface SetUpAnswers extends SetUpNames {
  readonly mailboxPassword?: string;
  readonly administratorPassword?: string;
}

/** The machine as setup needs it, given by main. Everything here leaves alone what is there already. */
export interface SetUpParts {
  /** Makes the data folder and the folders in it, and marks the setup as begun. */
  prepareFolder(): Promise<void>;
  readConfig(): Promise<string | undefined>;
  /** Writes `postern.toml`; only called where there is none. */
  writeConfig(text: string): Promise<void>;
  ensureCertificate(files: TlsFiles, hostname: string): Promise<Result<"made" | "kept">>;
  openDirectory(): Promise<Result<OpenDirectory>>;
  /** Adds lines to the first-login file, which only its owner can read; gives its path. */
  writeFirstLogin(lines: readonly string[]): Promise<string>;
  /** Takes the mark of a setup that has begun away. */
  finish(): Promise<void>;
  hashPassword(password: string): Promise<Credentials>;
  randomPassword(): string;
}

/** The directory of a data folder that this process has to itself until it is closed. */
export interface OpenDirectory {
  readonly directory: DirectoryAdmin;
  close(): Promise<void>;
}

/** What setup found and made. */
export interface SetUpReport {
  readonly hostname: string;
  readonly config: "made" | "kept";
  readonly certificate: "made" | "kept" | "none";
  /** Absent where the directory had somebody in it. */
  readonly domain?: string;
  readonly mailbox?: string;
  readonly administrator?: string;
  /** Where the made-up passwords are. */
  readonly firstLoginFile?: string;
}

/**
 * Makes a data folder ready to serve: configuration, certificate, first domain, mailbox and administrator. Each is made
 * only where it is missing, so a setup that was interrupted can be repeated and a server in use is not touched.
 */
export async function setUp(parts: SetUpParts, answers: SetUpAnswers): Promise<Result<SetUpReport>> {
  await parts.prepareFolder();
  const present = await parts.readConfig();
  const text = present ?? renderServerConfig({ hostname: answers.hostname, listeners: NEW_LISTENERS });
  const config = parseServerConfig(text, "postern.toml");
  if (!config.ok) return err(tell(config.error));
  if (present === undefined) await parts.writeConfig(text);
  const certificate = await ensureCertificate(parts, config.value);
  if (!certificate.ok) return certificate;
  const first = await makeFirstObjects(parts, answers);
  if (!first.ok) return first;
  await parts.finish();
  return ok({
    hostname: config.value.hostname,
    config: present === undefined ? "made" : "kept",
    certificate: certificate.value,
    ...first.value,
  });
}

function tell(problems: readonly ConfigProblem[]): string {
  return problems.map(formatConfigProblem).join("\n");
}

async function ensureCertificate(
  { ensureCertificate: ensure }: SetUpParts,
  { tls, hostname }: ServerConfig,
): Promise<Result<SetUpReport["certificate"]>> {
  return tls ? ensure(tls, hostname) : ok("none");
}

type FirstObjects = Pick<SetUpReport, "domain" | "mailbox" | "administrator" | "firstLoginFile">;

async function makeFirstObjects(parts: SetUpParts, answers: SetUpAnswers): Promise<Result<FirstObjects>> {
  const opened = await parts.openDirectory();
  if (!opened.ok) return opened;
  const { directory } = opened.value;
  try {
    const needsMailbox = (await directory.listMailboxes()).length === 0;
    const needsAdministrator = (await directory.listAdministrators()).length === 0;
    const mailboxPassword = answers.mailboxPassword ?? parts.randomPassword();
    const administratorPassword = answers.administratorPassword ?? parts.randomPassword();
    // The file comes first: a password that nobody knows would be worse than one of a mailbox that is not there.
    const lines = [
      ...(needsMailbox && answers.mailboxPassword === undefined
        ? [`mailbox        ${answers.mailbox}  ${mailboxPassword}`]
        : []),
      ...(needsAdministrator && answers.administratorPassword === undefined
        ? [`administrator  ${answers.administrator}  ${administratorPassword}`]
        : []),
    ];
    const file = lines.length > 0 ? await parts.writeFirstLogin(lines) : undefined;
    if (needsMailbox) {
      const made = await makeMailbox(directory, answers, await parts.hashPassword(mailboxPassword));
      if (!made.ok) return made;
    }
    if (needsAdministrator) {
      const { argon2id } = await parts.hashPassword(administratorPassword);
      const made = await directory.addAdministrator(answers.administrator, argon2id);
      if (!made.ok) return made;
    }
    return ok({
      ...(needsMailbox ? { domain: answers.domain, mailbox: answers.mailbox } : {}),
      ...(needsAdministrator ? { administrator: answers.administrator } : {}),
      ...(file === undefined ? {} : { firstLoginFile: file }),
    });
  } finally {
    await opened.value.close();
  }
}

async function makeMailbox(
  directory: DirectoryAdmin,
  { postoffice, domain: domainText, mailbox }: SetUpAnswers,
  credentials: Credentials,
): Promise<Result<void>> {
  const domain = parseDomain(domainText);
  if (!domain) return err(`"${domainText}" is no domain name`);
  const address = parseAddress(mailbox);
  if (!address) return err(`"${mailbox}" is no e-mail address`);
  if (!(await directory.listPostoffices()).some(({ name }) => name === postoffice)) {
    const made = await directory.addPostoffice(postoffice);
    if (!made.ok) return made;
  }
  if (!(await directory.isHosted(domain))) {
    const made = await directory.addDomain(domain, postoffice);
    if (!made.ok) return made;
  }
  return directory.addMailbox(address, credentials);
}
