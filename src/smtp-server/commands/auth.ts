import { replies } from "../../core/replies.ts";
import {
  type SaslStep,
  type ServerExchange,
  type ServerMechanism,
  startExchange,
} from "../../protocol/sasl/server-mechanism.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";
import type { Hello, Login } from "../transaction.ts";

const ALL: readonly ServerMechanism[] = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"];

/** Whether AUTH is taken on this listener at all (SPEC R-8): by the policy's option, or because the listener insists. */
function authAccepted(context: SessionContext): boolean {
  const { auth } = context.listener;
  return auth === "required" || (auth === "optional" && context.policy().settings.authenticated.enabled);
}

/** The mechanisms that EHLO lists now: none in clear, unless the listener allows it. Never NTLM (SPEC R-10). */
export function offeredMechanisms(context: SessionContext): readonly ServerMechanism[] {
  if (!authAccepted(context)) return [];
  if (!context.tls && !context.listener.allowCleartextAuth) return [];
  return context.tls?.channelBinding ? ALL : ALL.filter((mechanism) => mechanism !== "SCRAM-SHA-256-PLUS");
}

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
  const mechanism = ALL.find((known) => known === command.mechanism);
  if (!mechanism) return { reply: replies.authMechanismUnknown, state };
  const offered = offeredMechanisms(context);
  if (offered.length === 0) return { reply: replies.authNeedsTls, state };
  if (!offered.includes(mechanism)) return { reply: replies.authMechanismUnknown, state };

  const binding = context.tls?.channelBinding;
  const exchange = startExchange(mechanism, {
    nonce: context.nonce,
    plusOffered: binding !== undefined,
    ...(binding ? { channelBinding: { "tls-exporter": binding } } : {}),
  });
  if (command.initial === undefined) {
    return { reply: challenge(exchange.firstChallenge), state: { ...state, phase: "auth", exchange } };
  }
  return respond(context, { ...state, phase: "auth", exchange }, command.initial);
}

type AuthState = Extract<SessionState, { phase: "auth" }>;

/** A line of the client within an exchange: base64, or `*` to give up (RFC 4954 4). */
export async function authResponse(context: SessionContext, state: AuthState, line: string): Promise<Step> {
  if (line === "*") return { reply: replies.authAborted, state: idle(state.hello, state.login) };
  return respond(context, state, line);
}

async function respond(context: SessionContext, state: AuthState, base64: string): Promise<Step> {
  const response = decodeBase64(base64);
  if (!response) return { reply: replies.authMalformed, state: idle(state.hello, state.login) };
  return conclude(context, state, state.exchange.step(response));
}

async function conclude(context: SessionContext, state: AuthState, step: SaslStep): Promise<Step> {
  switch (step.kind) {
    case "challenge":
      return { reply: challenge(step.data), state };
    case "malformed":
      return { reply: replies.authMalformed, state: idle(state.hello, state.login) };
    case "rejected":
      return failed(context, state, undefined);
    case "accepted":
      return step.finalData === undefined
        ? loggedIn(context, state, step.account)
        : // RFC 4954 4 has no success data in 235: it goes as a challenge, which the client answers with an empty line.
          { reply: challenge(step.finalData), state: { ...state, exchange: afterFinalData(step.account) } };
    case "need-scram":
      return provideScram(context, state, step.login);
    case "verify-password":
      return verifyPassword(context, state, step.login, step.password);
  }
}

async function provideScram(context: SessionContext, state: AuthState, login: string): Promise<Step> {
  const lookup = await context.authenticator.scramCredentials(login);
  if (!lookup) return { reply: replies.authMechanismUnknown, state: idle(state.hello, state.login) };
  if (lookup.kind === "unavailable") return unavailable(context, state, lookup.detail);
  return conclude(context, state, state.exchange.provide(lookup));
}

async function verifyPassword(
  context: SessionContext,
  state: AuthState,
  login: string,
  password: string,
): Promise<Step> {
  const outcome = await context.authenticator.verify(login, password);
  switch (outcome.kind) {
    case "accepted":
      return loggedIn(context, state, outcome.account);
    case "rejected":
      return failed(context, state, login);
    case "unavailable":
      return unavailable(context, state, outcome.detail);
  }
}

function loggedIn(context: SessionContext, state: AuthState, account: string): Step {
  context.log.info("login", { client: context.client.text, listener: context.listener.name, account });
  return { reply: replies.authOk, state: idle(state.hello, { state: "in", account }) };
}

function failed(context: SessionContext, state: AuthState, login: string | undefined): Step {
  context.log.warn("login-failed", { client: context.client.text, listener: context.listener.name, login });
  return { reply: replies.authFailed, state: idle(state.hello, { state: "failed" }) };
}

/** A back end that does not answer says nothing about the client: no failure is noted, nothing is accepted. */
function unavailable(context: SessionContext, state: AuthState, detail: string): Step {
  context.log.error("login-unavailable", { client: context.client.text, detail });
  return { reply: replies.authUnavailable, state: idle(state.hello, state.login) };
}

/** Stands in for an exchange that is over but for the client's empty answer to the server's last word. */
function afterFinalData(account: string): ServerExchange {
  return {
    firstChallenge: Buffer.alloc(0),
    step: (response) =>
      response.length === 0
        ? { kind: "accepted", account }
        : { kind: "malformed", detail: "an empty answer was due" },
    provide: () => ({ kind: "malformed", detail: "the exchange is over" }),
  };
}

function idle(hello: Hello, login: Login): SessionState {
  return { phase: "idle", hello, login };
}

function challenge(data: Buffer) {
  return replies.authChallenge(data.toString("base64"));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Strict base64; `Buffer.from` alone would pass over what is none. An empty line is an empty answer. */
function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}
