import {
  beginLogin,
  checkPassword,
  continueLogin,
  knownMechanism,
  type LoginSource,
  type LoginStep,
  usableMechanisms,
} from "../../connections/login.ts";
import { type PopReply, popReplies } from "../../core/pop-reply.ts";
import { enterMailbox } from "../enter-mailbox.ts";
import type { PopContext } from "../pop-context.ts";
import type { PopState, PopStep } from "../pop-state.ts";

const BEFORE_LOGIN: PopState = { phase: "authorization" };

/** USER (RFC 1939 7). Every name is taken, so that nobody learns which there are. */
export function user(context: PopContext, login: string): PopStep {
  if (offered(context).length === 0) return { reply: popReplies.needsTls, state: BEFORE_LOGIN };
  return { reply: popReplies.sendPassword, state: { phase: "authorization", user: login } };
}

/** PASS (RFC 1939 7): one try for each USER. */
export async function pass(context: PopContext, state: PopState, password: string): Promise<PopStep> {
  if (offered(context).length === 0) return { reply: popReplies.needsTls, state: BEFORE_LOGIN };
  if (state.phase !== "authorization" || state.user === undefined)
    return { reply: popReplies.userFirst, state };
  return settle(context, "USER", await checkPassword(source(context), state.user, password));
}

/** AUTH (RFC 5034); without a mechanism it lists what there is, as programs older than CAPA expect. */
export async function auth(
  context: PopContext,
  command: { readonly mechanism?: string; readonly initial?: string },
): Promise<PopStep> {
  const lines = offered(context);
  if (command.mechanism === undefined)
    return { reply: popReplies.mechanisms, state: BEFORE_LOGIN, body: { kind: "lines", lines } };
  const mechanism = knownMechanism(command.mechanism);
  if (!mechanism) return { reply: popReplies.mechanismUnknown, state: BEFORE_LOGIN };
  if (lines.length === 0) return { reply: popReplies.needsTls, state: BEFORE_LOGIN };
  if (!lines.includes(mechanism)) return { reply: popReplies.mechanismUnknown, state: BEFORE_LOGIN };
  return settle(context, mechanism, await beginLogin(source(context), mechanism, command.initial));
}

/** A line of the client within an exchange: base64, or `*` to give up (RFC 5034 4). */
export async function authResponse(
  context: PopContext,
  state: Extract<PopState, { phase: "auth" }>,
  line: string,
): Promise<PopStep> {
  if (line === "*") return { reply: popReplies.exchangeAborted, state: BEFORE_LOGIN };
  return settle(context, state.mechanism, await continueLogin(source(context), state.exchange, line));
}

function offered(context: PopContext) {
  return usableMechanisms(context.authenticator, context.tls, context.listener.allowCleartextAuth);
}

function source({ authenticator, guard, client, tls, nonce }: PopContext): LoginSource {
  return { authenticator, guard, client, protocol: "pop3", tls, nonce };
}

async function settle(context: PopContext, mechanism: string, step: LoginStep): Promise<PopStep> {
  switch (step.kind) {
    case "challenge":
      return {
        reply: popReplies.challenge(step.data.toString("base64")),
        state: { phase: "auth", mechanism, exchange: step.exchange },
      };
    case "accepted":
      return enterMailbox(context, mechanism, step.account);
    case "rejected":
      logFailure(context, { mechanism, login: step.login, reason: "rejected" });
      return refused(popReplies.loginFailed);
    case "blocked":
      logFailure(context, { mechanism, login: step.login, reason: "blocked" });
      return refused(popReplies.loginBlocked);
    case "malformed":
      return refused(popReplies.exchangeMalformed);
    case "not-offered":
      return refused(popReplies.mechanismUnknown);
    case "unavailable":
      context.log.error("login-unavailable", { client: context.client.text, detail: step.detail });
      return refused(popReplies.loginUnavailable);
  }
}

function refused(reply: PopReply): PopStep {
  return { reply, state: BEFORE_LOGIN };
}

function logFailure(
  { log, client, listener }: PopContext,
  fields: { mechanism: string; login: string | undefined; reason: string },
): void {
  log.warn("pop-login-failed", { client: client.text, listener: listener.name, ...fields });
}
