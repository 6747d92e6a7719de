import type { Command } from "commander";
import type { SetUpAnswers, SetUpReport } from "../../admin/set-up.ts";
import { defaultDomain, defaultHostname, defaultNames } from "../../admin/set-up-defaults.ts";
import { parseDomain } from "../../core/domain.ts";
import { parseAddress } from "../../core/email-address.ts";
import { CliFailure, EXIT, openFailed, usage } from "../cli-failure.ts";
import type { CommandContext } from "../command-context.ts";
import { askTwice } from "../read-password.ts";
import { addVerb, type ContextOf } from "./noun.ts";

/** What setup is told on the command line. */
export interface SetUpOptions {
  readonly hostname?: string;
  readonly defaults?: boolean;
}

/** `setup`. */
export function addSetupCommand(program: Command, contextOf: ContextOf): void {
  addVerb(program, "setup", {
    summary: "Make a data folder: configuration, certificate, first domain, mailbox and administrator",
    examples: ["setup", "setup --hostname mx.example.test --defaults --data /var/lib/postern"],
  })
    .option("--hostname <name>", "the name that other servers know this one by")
    .option("--defaults", "ask nothing")
    .action(async (options: SetUpOptions) => {
      const context = contextOf();
      const report = await runSetUp(context, options);
      context.show(report, () => formatReport(report, context));
    });
}

/** Sets a data folder up and gives what there is to say to a person. */
export async function setUpInteractively(context: CommandContext, options: SetUpOptions): Promise<string> {
  return formatReport(await runSetUp(context, options), context);
}

async function runSetUp(context: CommandContext, options: SetUpOptions): Promise<SetUpReport> {
  const isReady = (await context.actions.dataFolderState(context.dataDir)) === "set-up";
  const isAsked = context.io.isTty && !options.defaults && !context.yes && !context.json && !isReady;
  const answers = isAsked ? await ask(context, options) : defaultAnswers(context, options);
  const result = await context.actions.setUp(context.dataDir, answers);
  if (!result.ok) throw openFailed(result.error);
  return result.value;
}

function defaultAnswers({ io }: CommandContext, { hostname }: SetUpOptions): SetUpAnswers {
  return defaultNames(hostname === undefined ? defaultHostname(io.machineName) : readDomain(hostname));
}

function readDomain(text: string): string {
  const domain = parseDomain(text);
  if (!domain) throw usage(`"${text}" is no host or domain name; write it as mx.example.test`);
  return domain;
}

async function ask(context: CommandContext, options: SetUpOptions): Promise<SetUpAnswers> {
  const hostname = readDomain(
    options.hostname ??
      (await answer(context, "Host name, as other servers know it", defaultHostname(context.io.machineName))),
  );
  const domain = readDomain(await answer(context, "Domain to host", defaultDomain(hostname)));
  const names = defaultNames(hostname, domain);
  const mailbox = await answer(context, "First mailbox", names.mailbox);
  if (parseAddress(mailbox)?.domain !== domain) throw usage(`"${mailbox}" is no address at ${domain}`);
  const mailboxPassword = await askTwice(context, `Password of ${mailbox} (empty: make one up)`);
  const administratorPassword = await askTwice(
    context,
    `Password of the administrator ${names.administrator} (empty: make one up)`,
  );
  return {
    ...names,
    mailbox,
    ...(mailboxPassword === "" ? {} : { mailboxPassword }),
    ...(administratorPassword === "" ? {} : { administratorPassword }),
  };
}

async function answer({ io }: CommandContext, question: string, suggestion: string): Promise<string> {
  const text = await io.asker.text(question, suggestion);
  if (text === undefined) throw new CliFailure(EXIT.failed, "given up; nothing was made");
  return text.trim();
}

function formatReport(report: SetUpReport, { dataDir, bold }: CommandContext): string {
  const lines: string[] = [];
  if (report.config === "made") lines.push(`Made ${dataDir}/postern.toml for ${report.hostname}.`);
  if (report.certificate === "made") lines.push("Made a self-signed certificate, good for ten years.");
  if (report.mailbox !== undefined)
    lines.push(`Made the domain ${report.domain} with the mailbox ${report.mailbox}.`);
  if (report.administrator !== undefined) lines.push(`Made the administrator ${report.administrator}.`);
  if (report.firstLoginFile !== undefined)
    lines.push(`The first passwords are in ${bold(report.firstLoginFile)}.`);
  if (lines.length === 0) lines.push(`${dataDir} is set up already; nothing was changed.`);
  return `${lines.join("\n")}\n`;
}
