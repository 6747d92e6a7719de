import { replies } from "../../core/replies.ts";
import type { Command } from "../../protocol/smtp/command.ts";
import { gatherSenderFacts } from "../gather-facts.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";
import { factSources } from "./fact-sources.ts";
import { listenerFacts } from "./listener-facts.ts";

/** MAIL FROM (RFC 5321 4.1.1.2): begins a transaction, with the policy that is in force now. */
export function mail(
  context: SessionContext,
  state: SessionState,
  command: Extract<Command, { verb: "MAIL" }>,
): Step {
  if (state.phase === "mail" || state.phase === "chunks") {
    return { reply: replies.badSequence("A transaction is open; send RSET to forget it"), state };
  }
  if (state.phase !== "idle") return { reply: replies.badSequence("Say EHLO first"), state };
  if (context.listener.auth === "required" && state.login.state !== "in")
    return { reply: replies.authRequired, state };
  const { path, params } = command;
  const { maxMessageBytes } = context.limits;
  // RFC 1870 5: a declared size over the limit is refused before a byte of the message is sent.
  if (params.size !== undefined && params.size > maxMessageBytes)
    return { reply: replies.tooLarge(maxMessageBytes), state };
  // A client that pipelines its commands has not sent the message yet: refused here, it keeps it.
  const intake = context.intake(params.size ?? 0);
  if (intake !== "open")
    return { reply: intake === "no-room" ? replies.noRoom : replies.cannotTakeMail, state };

  const policy = context.policy();
  const senderFacts = gatherSenderFacts(factSources(context), policy, {
    now: context.clock(),
    client: context.client,
    clientIsProxy: context.clientIsProxy,
    listener: listenerFacts(context),
    tls: context.tls !== undefined,
    login: state.login,
    sender: path.value,
  });
  const transaction = {
    policy,
    sender: path.value,
    senderText: path.text,
    params,
    senderFacts,
    recipients: [],
  };
  return { reply: replies.senderOk, state: { ...state, phase: "mail", transaction } };
}
