import type { Outcome } from "../../core/outcome.ts";
import type { Route } from "../../ports/route-store.ts";
import { type ClientMechanism, clientExchange } from "../../protocol/sasl/client-mechanism.ts";
import { classifyReply, connectionOutcome, type Remote } from "./classify.ts";
import type { Exchange } from "./exchange.ts";
import { SESSION_TIMEOUTS } from "./session-timeouts.ts";

/** What is needed to log in at a smart host. */
export interface LogInRequest {
  readonly login: NonNullable<Route["login"]>;
  /** What the peer offers, in capitals. */
  readonly offered: readonly string[];
  /** Whether a password may be shown to whoever listens: the connection is in TLS, or the route says never to use it. */
  readonly passwordMayShow: boolean;
  readonly nonce: () => string;
  readonly remote: Remote;
}

/** Strongest first. */
const MECHANISMS: readonly ClientMechanism[] = ["SCRAM-SHA-256", "PLAIN", "LOGIN"];
const MAX_STEPS = 8;

/**
 * Logs in (RFC 4954).
 * @returns `undefined` when logged in, otherwise the outcome for the mail that was to go; always deferred, since a login
 * that fails is for the administrator to mend.
 */
export async function logIn(exchange: Exchange, request: LogInRequest): Promise<Outcome | undefined> {
  const { remote } = request;
  const mechanism = chooseMechanism(request.offered, request.passwordMayShow);
  if (!mechanism) {
    const offered = request.offered.join(" ") || "none";
    return connectionOutcome(
      "login",
      `no way to log in without TLS or by a common mechanism; offered: ${offered}`,
      remote,
    );
  }
  const sasl = clientExchange(mechanism, { ...request.login, nonce: request.nonce });
  const initial = sasl.initial();
  // RFC 4954 4: an empty initial response is written "=".
  const words = initial === undefined ? [] : [initial.toString("base64") || "="];
  exchange.write(line(["AUTH", mechanism, ...words].join(" ")));
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const reply = await exchange.reply(SESSION_TIMEOUTS.authMs);
    if (!reply.ok) return connectionOutcome(reply.error.trouble, reply.error.detail, remote);
    if (reply.value.code === 235 && sasl.finished()) return undefined;
    if (reply.value.code === 235) {
      return connectionOutcome("login", "the server accepts the login without having proved itself", remote);
    }
    if (reply.value.code !== 334) return classifyReply(reply.value, "auth", remote);
    const next = sasl.step(Buffer.from(reply.value.lines[0] ?? "", "base64"));
    if (next.kind === "failed") {
      exchange.write(line("*"));
      return connectionOutcome("login", next.detail, remote);
    }
    exchange.write(line(next.kind === "send" ? next.data.toString("base64") : ""));
  }
  return connectionOutcome("login", "the server asks and asks and does not come to an end", remote);
}

function chooseMechanism(offered: readonly string[], passwordMayShow: boolean): ClientMechanism | undefined {
  return MECHANISMS.find(
    (mechanism) => offered.includes(mechanism) && (passwordMayShow || mechanism === "SCRAM-SHA-256"),
  );
}

function line(text: string): Buffer {
  return Buffer.from(`${text}\r\n`);
}
