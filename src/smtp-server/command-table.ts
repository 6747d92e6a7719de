import { replies } from "../core/replies.ts";
import type { Command, CommandFault } from "../protocol/smtp/command.ts";
import { auth } from "./commands/auth.ts";
import { bdat } from "./commands/bdat.ts";
import { data } from "./commands/data.ts";
import { hello } from "./commands/hello.ts";
import { mail } from "./commands/mail.ts";
import { rcpt } from "./commands/rcpt.ts";
import { startTls } from "./commands/start-tls.ts";
import type { SessionContext } from "./session-context.ts";
import type { SessionState, Step } from "./session-state.ts";

/** Answers one command in one state. The handlers never see the socket. */
export function answer(context: SessionContext, state: SessionState, command: Command): Step | Promise<Step> {
  switch (command.verb) {
    case "EHLO":
    case "HELO":
      return hello(context, state, command.domain, command.verb === "EHLO");
    case "MAIL":
      return mail(context, state, command);
    case "RCPT":
      return rcpt(context, state, command);
    case "DATA":
      return data(context, state);
    case "BDAT":
      return bdat(context, state, command);
    case "AUTH":
      return auth(context, state, command);
    case "STARTTLS":
      return startTls(context, state);
    case "RSET":
      return { reply: replies.reset, state: withoutTransaction(state) };
    case "NOOP":
      return { reply: replies.ok, state };
    case "VRFY":
      // RFC 5321 7.3: 252 tells a stranger nothing about which mailboxes exist.
      return { reply: replies.cannotVerify, state };
    case "EXPN":
      return { reply: replies.notImplemented, state };
    case "HELP":
      return { reply: replies.help, state };
    case "QUIT":
      return { reply: replies.bye(context.hostname), state, next: { do: "close", linger: false } };
    case "fault":
      // RFC 3030 2: octets follow a BDAT, and without its size nobody knows where they end and commands begin again.
      return command.forVerb === "BDAT"
        ? { reply: faultReply(command), state, next: { do: "close", linger: true } }
        : { reply: faultReply(command), state };
  }
}

/** The state with its transaction forgotten; what was said before MAIL stays (RFC 5321 4.1.1.5). */
export function withoutTransaction(state: SessionState): SessionState {
  return state.phase === "connected" ? state : { phase: "idle", hello: state.hello, login: state.login };
}

function faultReply(command: CommandFault) {
  switch (command.fault) {
    case "unknown-command":
      return replies.unknownCommand;
    case "syntax":
      return command.forVerb === "MAIL" || command.forVerb === "RCPT"
        ? replies.addressSyntax(command.detail)
        : replies.syntax(command.detail);
    case "parameter-unknown":
      return replies.parameterUnknown(command.detail);
    case "parameter-syntax":
      return replies.syntax(command.detail);
    case "not-ascii":
      return replies.nonAsciiAddress;
  }
}
