import type { EmailAddress } from "../../core/email-address.ts";
import type { Result } from "../../core/result.ts";
import { type PathSyntax, parsePath } from "./address-grammar.ts";
import {
  type MailParams,
  type ParamFault,
  parseMailParams,
  parseRcptParams,
  type RcptParams,
} from "./envelope-params.ts";

/** The path of MAIL FROM: an address or the null path. */
export interface ReversePathSyntax {
  readonly value: EmailAddress | null;
  /** The address in the client's own words, without brackets and source route; empty for `<>`. */
  readonly text: string;
}

/** The path of RCPT TO: an address, or a bare `<Postmaster>`. */
export interface ForwardPathSyntax {
  readonly value: EmailAddress | "postmaster";
  /** The address in the client's own words, without brackets and source route. */
  readonly text: string;
}

/** One command of a client, taken apart, or a fault with what was wrong. */
export type Command =
  /** `domain` is any one word of at most 255 printable characters: clients lie in it, and it grants nothing. */
  | { readonly verb: "EHLO" | "HELO"; readonly domain: string }
  | { readonly verb: "MAIL"; readonly path: ReversePathSyntax; readonly params: MailParams }
  | { readonly verb: "RCPT"; readonly path: ForwardPathSyntax; readonly params: RcptParams }
  | { readonly verb: "DATA" | "RSET" | "NOOP" | "QUIT" | "STARTTLS" }
  /** `size` in octets: what follows at once (RFC 3030 2). */
  | { readonly verb: "BDAT"; readonly size: number; readonly last: boolean }
  | { readonly verb: "VRFY" | "EXPN" | "HELP"; readonly argument: string }
  /** `mechanism` in capitals. `initial` is base64, not yet decoded; empty for `=`; absent where none was sent (RFC 4954 4). */
  | { readonly verb: "AUTH"; readonly mechanism: string; readonly initial?: string }
  | CommandFault;

/** The verbs that the server knows. */
export type CommandVerb = Exclude<Command["verb"], "fault">;

/** A line that is no command. */
export interface CommandFault {
  readonly verb: "fault";
  /**
   * `not-ascii`: an address beyond ASCII outside a transaction with SMTPUTF8, or such characters where none may be.
   * `parameter-unknown` is for 555; the others for 500 and 501.
   */
  readonly fault: "unknown-command" | "syntax" | "parameter-unknown" | "parameter-syntax" | "not-ascii";
  /** The command it was meant to be, where that is known. */
  readonly forVerb?: CommandVerb;
  /** One clause for a person. Never holds an argument or an unknown verb: either may be a password gone astray. */
  readonly detail: string;
}

/** What the session allows. */
export interface CommandOptions {
  /** Whether a transaction with SMTPUTF8 is open. MAIL does not ask: its own SMTPUTF8 parameter opens one. */
  readonly utf8: boolean;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const MAX_HELO_CHARACTERS = 255;
const VERBS: ReadonlySet<string> = new Set<CommandVerb>([
  "EHLO",
  "HELO",
  "MAIL",
  "RCPT",
  "DATA",
  "BDAT",
  "RSET",
  "NOOP",
  "QUIT",
  "VRFY",
  "EXPN",
  "HELP",
  "STARTTLS",
  "AUTH",
]);

/**
 * Takes one command line apart, given without its CRLF. Never throws; its length is the line reader's business.
 * Between verb, path and parameters stands one blank; more than the grammar has, only a blank after `FROM:` and
 * `TO:` (printers and the like send it) and blanks at the end are taken (RFC 5321 4.1.1).
 */
export function parseCommand(line: Buffer, options: CommandOptions): Command {
  const text = line.toString("latin1", 0, lengthWithoutTrailingBlanks(line));
  const blank = text.indexOf(" ");
  const word = blank < 0 ? text : text.slice(0, blank);
  const verb = /^[A-Za-z]{4,8}$/.test(word) ? word.toUpperCase() : "";
  if (!isVerb(verb))
    return { verb: "fault", fault: "unknown-command", detail: "not a command of this server" };
  const argument = blank < 0 ? "" : text.slice(blank + 1);
  if (/^[ -~]*$/.test(argument)) return parseArgument(verb, argument, options.utf8);
  if (/[^ -~\x80-\xff]/.test(argument)) return syntax(verb, "a command holds no control characters");
  return parseBeyondAscii(verb, argument, options);
}

/** The line as Unicode where this command may go beyond ASCII now (RFC 6531 3.4). */
function parseBeyondAscii(verb: CommandVerb, latin1: string, options: CommandOptions): Command {
  const unicode = decodeUtf8(latin1);
  if (unicode === undefined) return syntax(verb, "what goes beyond ASCII must be UTF-8");
  const address = verb === "RCPT" || verb === "VRFY" || verb === "EXPN";
  if (verb !== "MAIL" && !(address && options.utf8)) {
    return fault("not-ascii", verb, "characters beyond ASCII need SMTPUTF8");
  }
  const command = parseArgument(verb, unicode, true);
  return command.verb === "MAIL" && !command.params.smtpUtf8
    ? fault("not-ascii", verb, "an address beyond ASCII needs the parameter SMTPUTF8")
    : command;
}

function parseArgument(verb: CommandVerb, argument: string, utf8: boolean): Command {
  switch (verb) {
    case "EHLO":
    case "HELO":
      return parseHello(verb, argument);
    case "MAIL":
      return parseMail(argument, utf8);
    case "RCPT":
      return parseRcpt(argument, utf8);
    case "BDAT":
      return parseBdat(argument);
    case "AUTH":
      return parseAuth(argument);
    case "VRFY":
    case "EXPN":
      return argument === "" ? syntax(verb, `${verb} needs an argument`) : { verb, argument };
    case "HELP":
      return { verb, argument };
    case "NOOP":
      return { verb };
    case "DATA":
    case "RSET":
    case "QUIT":
    case "STARTTLS":
      return argument === "" ? { verb } : syntax(verb, `${verb} takes no argument`);
  }
}

function parseHello(verb: "EHLO" | "HELO", domain: string): Command {
  if (domain === "" || domain.includes(" ")) return syntax(verb, `${verb} needs one host name`);
  return domain.length > MAX_HELO_CHARACTERS ? syntax(verb, "the host name is too long") : { verb, domain };
}

function parseMail(argument: string, utf8: boolean): Command {
  const parsed = pathAfter(/^FROM: ?/i, argument, utf8);
  if (!parsed?.ok) return syntax("MAIL", parsed?.error ?? "the form is MAIL FROM:<address>");
  const { value, text, rest } = parsed.value;
  // RFC 5321 4.1.2: only a forward-path may be a bare postmaster.
  if (value === "postmaster") return syntax("MAIL", "after the local part there must be @ and a domain");
  const params = paramsOf(rest, parseMailParams);
  if (!params) return syntax("MAIL", "after the path there must be a blank, or nothing");
  return params.ok
    ? { verb: "MAIL", path: { value, text }, params: params.value }
    : { verb: "fault", forVerb: "MAIL", ...params.error };
}

function parseRcpt(argument: string, utf8: boolean): Command {
  const parsed = pathAfter(/^TO: ?/i, argument, utf8);
  if (!parsed?.ok) return syntax("RCPT", parsed?.error ?? "the form is RCPT TO:<address>");
  const { value, text, rest } = parsed.value;
  if (value === null) return syntax("RCPT", "nobody can be written to at the null path");
  const params = paramsOf(rest, parseRcptParams);
  if (!params) return syntax("RCPT", "after the path there must be a blank, or nothing");
  return params.ok
    ? { verb: "RCPT", path: { value, text }, params: params.value }
    : { verb: "fault", forVerb: "RCPT", ...params.error };
}

function pathAfter(prefix: RegExp, argument: string, utf8: boolean): Result<PathSyntax> | undefined {
  const found = prefix.exec(argument);
  return found ? parsePath(argument.slice(found[0].length), { utf8 }) : undefined;
}

function paramsOf<T>(
  rest: string,
  parse: (text: string) => Result<T, ParamFault>,
): Result<T, ParamFault> | undefined {
  if (rest === "") return parse("");
  return rest[0] === " " ? parse(rest.slice(1)) : undefined;
}

function parseBdat(argument: string): Command {
  // RFC 3030 2: chunk-size ::= 1*DIGIT. Fifteen digits are a petabyte and still an exact number.
  const found = /^(\d{1,15})( LAST)?$/i.exec(argument);
  return found
    ? { verb: "BDAT", size: Number(found[1]), last: found[2] !== undefined }
    : syntax("BDAT", "the form is BDAT size, or BDAT size LAST");
}

function parseAuth(argument: string): Command {
  // RFC 4422 3.1: sasl-mech is 1 to 20 capitals, digits, hyphens and underscores.
  const found = /^([A-Za-z0-9_-]{1,20})(?: ([!-~]+))?$/.exec(argument);
  if (found?.[1] === undefined)
    return syntax("AUTH", "the form is AUTH mechanism, or AUTH mechanism initial-response");
  const mechanism = found[1].toUpperCase();
  const initial = found[2];
  return initial === undefined
    ? { verb: "AUTH", mechanism }
    : { verb: "AUTH", mechanism, initial: initial === "=" ? "" : initial };
}

function isVerb(word: string): word is CommandVerb {
  return VERBS.has(word);
}

function lengthWithoutTrailingBlanks(line: Buffer): number {
  let length = line.length;
  while (line[length - 1] === 0x20 || line[length - 1] === 0x09) length -= 1;
  return length;
}

function decodeUtf8(latin1: string): string | undefined {
  try {
    return UTF8.decode(Buffer.from(latin1, "latin1"));
  } catch {
    return undefined;
  }
}

function syntax(forVerb: CommandVerb, detail: string): CommandFault {
  return fault("syntax", forVerb, detail);
}

function fault(kind: CommandFault["fault"], forVerb: CommandVerb, detail: string): CommandFault {
  return { verb: "fault", fault: kind, forVerb, detail };
}
