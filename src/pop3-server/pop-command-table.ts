import { popReplies } from "../core/pop-reply.ts";
import type { PopCommand } from "../protocol/pop3/command.ts";
import { capabilities } from "./commands/capabilities.ts";
import { mark, quit, unmarkAll } from "./commands/delete.ts";
import { listing, stat } from "./commands/listings.ts";
import { auth, pass, user } from "./commands/log-in.ts";
import { retrieve } from "./commands/retrieve.ts";
import { startTls } from "./commands/start-tls.ts";
import type { PopContext } from "./pop-context.ts";
import type { PopState, PopStep, TransactionState } from "./pop-state.ts";

/** Answers one command in one state. The handlers never see the socket. */
export function answer(
  context: PopContext,
  state: PopState,
  command: PopCommand,
): PopStep | Promise<PopStep> {
  switch (command.verb) {
    case "CAPA":
      return capabilities(context, state);
    case "QUIT":
      return quit(context, state);
    case "fault": {
      const unknown = command.fault === "unknown-command";
      return { reply: unknown ? popReplies.unknownCommand : popReplies.syntax(command.detail), state };
    }
    case "USER":
    case "PASS":
    case "AUTH":
    case "STLS":
      return state.phase === "transaction"
        ? { reply: popReplies.loggedIn, state }
        : beforeLogin(context, state, command);
    default:
      return state.phase === "transaction"
        ? afterLogin(context, state, command)
        : { reply: popReplies.loginFirst, state };
  }
}

type LoginVerb = "USER" | "PASS" | "AUTH" | "STLS";

function beforeLogin(
  context: PopContext,
  state: PopState,
  command: Extract<PopCommand, { verb: LoginVerb }>,
): PopStep | Promise<PopStep> {
  switch (command.verb) {
    case "USER":
      return user(context, command.login);
    case "PASS":
      return pass(context, state, command.password);
    case "AUTH":
      return auth(context, command);
    default:
      return startTls(context, state);
  }
}

function afterLogin(
  context: PopContext,
  state: TransactionState,
  command: Exclude<PopCommand, { verb: LoginVerb | "CAPA" | "QUIT" | "fault" }>,
): PopStep | Promise<PopStep> {
  switch (command.verb) {
    case "STAT":
      return stat(state);
    case "LIST":
    case "UIDL":
      return listing(command.verb, state, command.message);
    case "RETR":
      return retrieve(context, state, command.message);
    case "TOP":
      return retrieve(context, state, command.message, command.lines);
    case "DELE":
      return mark(state, command.message);
    case "RSET":
      return unmarkAll(state);
    default:
      return { reply: popReplies.ok, state };
  }
}
