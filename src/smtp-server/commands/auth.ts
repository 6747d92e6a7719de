import {
  beginLogin,
  continueLogin,
  knownMechanism,
  type LoginSource,
  type LoginStep,
  usableMechanisms,
} from "../../connections/login.ts";
import { replies } from "../../core/replies.ts";
import type { ServerMechanism } from "../../protocol/sasl/server-mechanism.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";
import type { Hello, Login } from "../transaction.ts";

/** Whether AUTH is taken on this listener at all (SPEC R-8): by the policy's option, or because the listener insists. */
function authAccepted(context: SessionContext): boolean {
  const { auth } = context.listener;
  return auth === "required" || (auth === "optional" && context.policy().settings.authenticated.enabled);
}

/** The mechanisms that EHLO lists now. */
export function offeredMechanisms(context: SessionContext): readonly ServerMechanism[] {
  return authAccepted(context)
    ? usableMechanisms(context.authenticator, context.tls, context.listener.allowCleartextAuth)
    : [];
}

type LoginContext = Pick<SessionState & { phase: "idle" | "auth" }, "hello" | "login">;

/** AUTH with its optional initial response (RFC 4954 4). */
export function auth(
  context: SessionContext,
  state: SessionState,
  command: { mechanism: string; initial?: string },
): Promise<Step> | Step {
  if (!authAccepted(context)) return { reply: replies.authNotOffered, state };
  if (state.phase === "mail" || state.phase === "chunks") return { reply: replies.authDuringMail, state };
  if (state.phase !== "idle") return { reply: replies.badSequence("Say EHLO first"), state };
  if (state.login.state === "in") return { reply: replies.authAlready, state };
  const mechanism = knownMechanism(command.mechanism);
  if (!mechanism) return { reply: replies.authMechanismUnknown, state };
  const offered = offeredMechanisms(context);
  if (offered.length === 0) return { reply: replies.authNeedsTls, state };
  if (!offered.includes(mechanism)) return { reply: replies.authMechanismUnknown, state };

  const step = beginLogin(source(context), mechanism, command.initial);
  return step instanceof Promise
    ? step.then((settled) => settle(context, state, settled))
    : settle(context, state, step);
}

type AuthState = Extract<SessionState, { phase: "auth" }>;

/** A line of the client within an exchange: base64, or `*` to give up (RFC 4954 4). */
export async function authResponse(context: SessionContext, state: AuthState, line: string): Promise<Step> {
  if (line === "*") return { reply: replies.authAborted, state: idle(state.hello, state.login) };
  return settle(context, state, await continueLogin(source(context), state.exchange, line));
}

function source({ authenticator, guard, client, tls, nonce }: SessionContext): LoginSource {
  return { authenticator, guard, client, protocol: "smtp", tls, nonce };
}

function settle(context: SessionContext, { hello, login }: LoginContext, step: LoginStep): Step {
  const { log, client, listener } = context;
  const about = { client: client.text, listener: listener.name };
  switch (step.kind) {
    case "challenge":
      return {
        reply: replies.authChallenge(step.data.toString("base64")),
        state: { phase: "auth", hello, login, exchange: step.exchange },
      };
    case "accepted":
      log.info("login", { ...about, account: step.account });
      return { reply: replies.authOk, state: idle(hello, { state: "in", account: step.account }) };
    case "rejected":
      log.warn("login-failed", { ...about, login: step.login });
      return { reply: replies.authFailed, state: idle(hello, { state: "failed" }) };
    case "blocked":
      log.warn("login-blocked", { ...about, login: step.login });
      return { reply: replies.authBlocked, state: idle(hello, login) };
    case "malformed":
      return { reply: replies.authMalformed, state: idle(hello, login) };
    case "not-offered":
      return { reply: replies.authMechanismUnknown, state: idle(hello, login) };
    case "unavailable":
      log.error("login-unavailable", { client: client.text, detail: step.detail });
      return { reply: replies.authUnavailable, state: idle(hello, login) };
  }
}

function idle(hello: Hello, login: Login): SessionState {
  return { phase: "idle", hello, login };
}
