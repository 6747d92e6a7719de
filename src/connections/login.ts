import type { LoginOrigin, LoginOutcome, ScramLookup, SessionAuthenticator } from "../ports/authenticator.ts";
import type { LoginAttempt, LoginGuard } from "../ports/login-guard.ts";
import {
  type SaslStep,
  type ServerExchange,
  type ServerMechanism,
  startExchange,
} from "../protocol/sasl/server-mechanism.ts";
import type { SessionTls } from "./tls-upgrade.ts";

/** Who asks to be let in, and who is asked: the surroundings of every login, whatever protocol it comes by. */
export interface LoginSource extends LoginOrigin {
  readonly authenticator: SessionAuthenticator;
  readonly guard: LoginGuard;
  readonly tls: SessionTls | undefined;
  /** Randomness for SASL nonces. */
  readonly nonce: () => string;
}

/** An exchange of SASL messages that is under way. */
export interface LoginExchange {
  readonly sasl: ServerExchange;
  /** With SCRAM, whose proof is awaited: its outcome is for the guard to count. */
  readonly provingAs?: string;
}

/** What a login has come to. After anything but `challenge` it is over. */
export type LoginStep =
  /** Send the data; the client's answer goes to `exchange`. */
  | { readonly kind: "challenge"; readonly data: Buffer; readonly exchange: LoginExchange }
  | { readonly kind: "accepted"; readonly account: string }
  /** `login` where the mechanism tells it. */
  | { readonly kind: "rejected"; readonly login?: string }
  /** Too much was guessed. Says nothing about this password, which may not even have been looked at. */
  | { readonly kind: "blocked"; readonly login: string }
  | { readonly kind: "malformed" }
  /** A back end that does not answer says nothing about the client: no failure is noted, nothing is accepted. */
  | { readonly kind: "unavailable"; readonly detail: string }
  /** The method of authentication in force has no SCRAM. */
  | { readonly kind: "not-offered" };

const ALL: readonly ServerMechanism[] = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"];
const PLAIN_ONLY: readonly ServerMechanism[] = ["PLAIN", "LOGIN"];

/**
 * The mechanisms that this connection may use now: none in clear, unless the listener allows it, and SCRAM only where the
 * method of authentication has it. Never NTLM (SPEC R-10).
 */
export function usableMechanisms(
  authenticator: Pick<SessionAuthenticator, "offersScram">,
  tls: SessionTls | undefined,
  allowCleartextAuth: boolean,
): readonly ServerMechanism[] {
  if (!tls && !allowCleartextAuth) return [];
  if (!authenticator.offersScram()) return PLAIN_ONLY;
  return tls?.channelBinding ? ALL : ALL.filter((mechanism) => mechanism !== "SCRAM-SHA-256-PLUS");
}

/** The mechanism of that name, in upper case; `undefined` where the server has no such. */
export function knownMechanism(name: string): ServerMechanism | undefined {
  return ALL.find((known) => known === name);
}

/** Begins an exchange, with the client's initial response in base64 where it sent one. */
export function beginLogin(
  source: LoginSource,
  mechanism: ServerMechanism,
  initial: string | undefined,
): Promise<LoginStep> | LoginStep {
  const binding = source.tls?.channelBinding;
  const sasl = startExchange(mechanism, {
    nonce: source.nonce,
    plusOffered: binding !== undefined,
    ...(binding ? { channelBinding: { "tls-exporter": binding } } : {}),
  });
  return initial === undefined
    ? { kind: "challenge", data: sasl.firstChallenge, exchange: { sasl } }
    : continueLogin(source, { sasl }, initial);
}

/** Takes the client's next answer, in base64. */
export async function continueLogin(
  source: LoginSource,
  exchange: LoginExchange,
  base64: string,
): Promise<LoginStep> {
  const response = decodeBase64(base64);
  return response ? conclude(source, exchange, exchange.sasl.step(response)) : { kind: "malformed" };
}

/** Checks a name and a password. Every password that anybody gives to a session comes through here. */
export async function checkPassword(
  source: LoginSource,
  login: string,
  password: string,
): Promise<Exclude<LoginStep, { kind: "challenge" }>> {
  const attempt = { client: source.client, login, password };
  if (!(await source.guard.admit(attempt))) return { kind: "blocked", login };
  return judged(source, attempt, await source.authenticator.verify(login, password, source));
}

/** Has the guard count the outcome before anybody hears of it. */
async function judged(
  { guard }: LoginSource,
  attempt: LoginAttempt,
  outcome: LoginOutcome,
): Promise<Exclude<LoginStep, { kind: "challenge" }>> {
  const { login } = attempt;
  const settled = await guard.settle(attempt, outcome);
  return settled.kind === "rejected" || settled.kind === "blocked" ? { kind: settled.kind, login } : settled;
}

async function conclude(source: LoginSource, exchange: LoginExchange, step: SaslStep): Promise<LoginStep> {
  switch (step.kind) {
    case "challenge":
      return { kind: "challenge", data: step.data, exchange };
    case "malformed":
      return { kind: "malformed" };
    case "rejected":
    case "accepted":
      return concludeProof(source, exchange, step);
    case "need-scram":
      return provideScram(source, exchange, step.login);
    case "verify-password":
      return checkPassword(source, step.login, step.password);
  }
}

async function concludeProof(
  source: LoginSource,
  { provingAs }: LoginExchange,
  step: Extract<SaslStep, { kind: "rejected" | "accepted" }>,
): Promise<LoginStep> {
  if (provingAs === undefined) return step;
  const settled = await judged(source, { client: source.client, login: provingAs }, step);
  if (settled.kind !== "accepted" || step.kind !== "accepted" || step.finalData === undefined) return settled;
  // Neither protocol has success data in its good reply (RFC 4954 4, RFC 5034 4): it goes as a challenge, which the client
  // answers with an empty line.
  return { kind: "challenge", data: step.finalData, exchange: { sasl: afterFinalData(step.account) } };
}

async function provideScram(source: LoginSource, { sasl }: LoginExchange, login: string): Promise<LoginStep> {
  if (!(await source.guard.admit({ client: source.client, login }))) return { kind: "blocked", login };
  const lookup: ScramLookup | undefined = await source.authenticator.scramCredentials(login);
  if (!lookup) return { kind: "not-offered" };
  if (lookup.kind === "unavailable") return lookup;
  return conclude(source, { sasl, provingAs: login }, sasl.provide(lookup));
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

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Strict base64; `Buffer.from` alone would pass over what is none. An empty line is an empty answer. */
function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}
