import { decodeUtf8 } from "../sasl/login-text.ts";

/** A command of POP3 (RFC 1939, 2449, 2595, 5034) with its arguments checked for their form. */
export type PopCommand =
  | { readonly verb: "USER"; readonly login: string }
  | { readonly verb: "PASS"; readonly password: string }
  | { readonly verb: "AUTH"; readonly mechanism?: string; readonly initial?: string }
  | Bare<"STAT" | "NOOP" | "RSET" | "QUIT" | "CAPA" | "STLS">
  /** Without a message: of all. */
  | { readonly verb: "LIST" | "UIDL"; readonly message?: number }
  | { readonly verb: "RETR"; readonly message: number }
  | { readonly verb: "DELE"; readonly message: number }
  /** `lines` of the body. */
  | { readonly verb: "TOP"; readonly message: number; readonly lines: number }
  | PopCommandFault;

/** A command without arguments; one type for each, so that a switch tells them apart. */
type Bare<Verb extends string> = Verb extends string ? { readonly verb: Verb } : never;

/** A line that is no command. `detail` is for the client and quotes nothing that it sent. */
export interface PopCommandFault {
  readonly verb: "fault";
  readonly fault: "unknown-command" | "syntax";
  readonly detail: string;
}

/** Reads a line without its CRLF. Never throws, whatever the bytes are. */
export function parsePopCommand(line: Buffer): PopCommand {
  const text = decodeUtf8(line);
  if (text === undefined) return syntax("A command is ASCII, a name or password UTF-8");
  const space = text.indexOf(" ");
  const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
  const rest = space < 0 ? undefined : text.slice(space + 1);
  switch (verb) {
    case "USER":
      return rest ? { verb, login: rest } : syntax("USER needs a name");
    case "PASS":
      // RFC 1939 7: with one argument only, blanks in it are part of the password.
      return rest ? { verb, password: rest } : syntax("PASS needs a password");
    case "STAT":
    case "NOOP":
    case "RSET":
    case "QUIT":
    case "CAPA":
    case "STLS":
      return rest === undefined || rest.trim() === "" ? { verb } : syntax(`${verb} takes no argument`);
    case "LIST":
    case "UIDL":
      return parseListing(verb, words(rest));
    case "RETR":
    case "DELE":
      return parseMessage(verb, words(rest));
    case "TOP":
      return parseTop(words(rest));
    case "AUTH":
      return parseAuth(words(rest));
    default:
      return { verb: "fault", fault: "unknown-command", detail: "Command not recognised" };
  }
}

function words(rest: string | undefined): readonly string[] {
  return (rest ?? "").split(" ").filter((word) => word !== "");
}

/** More digits than any maildrop or message has lines would lose their exactness as numbers. */
const NUMBER = /^\d{1,15}$/;

function readNumber(word: string | undefined): number | undefined {
  return word !== undefined && NUMBER.test(word) ? Number(word) : undefined;
}

function parseListing(verb: "LIST" | "UIDL", args: readonly string[]): PopCommand {
  if (args.length === 0) return { verb };
  const message = readNumber(args[0]);
  return args.length === 1 && message !== undefined
    ? { verb, message }
    : syntax(`${verb} takes one message number, or none for all`);
}

function parseMessage(verb: "RETR" | "DELE", args: readonly string[]): PopCommand {
  const message = readNumber(args[0]);
  return args.length === 1 && message !== undefined
    ? { verb, message }
    : syntax(`${verb} needs one message number`);
}

function parseTop(args: readonly string[]): PopCommand {
  const message = readNumber(args[0]);
  const lines = readNumber(args[1]);
  return args.length === 2 && message !== undefined && lines !== undefined
    ? { verb: "TOP", message, lines }
    : syntax("TOP needs a message number and a number of lines");
}

/** RFC 5034 4: `=` as initial response is the empty one. */
function parseAuth(args: readonly string[]): PopCommand {
  const [mechanism, initial, ...more] = args;
  if (more.length > 0) return syntax("AUTH takes a mechanism and an initial response");
  if (mechanism === undefined) return { verb: "AUTH" };
  return {
    verb: "AUTH",
    mechanism: mechanism.toUpperCase(),
    ...(initial === undefined ? {} : { initial: initial === "=" ? "" : initial }),
  };
}

function syntax(detail: string): PopCommandFault {
  return { verb: "fault", fault: "syntax", detail };
}
