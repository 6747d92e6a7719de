import type { Outcome } from "../../core/outcome.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { TlsFacts } from "../../ports/dialer.ts";
import type { Route } from "../../ports/route-store.ts";
import { ehloCapabilities, type PeerCapabilities } from "../../protocol/smtp/ehlo.ts";
import type { ReceivedReply } from "../../protocol/smtp/reply-codec.ts";
import { classifyReply, connectionOutcome, type Remote, type Stage } from "./classify.ts";
import type { Exchange } from "./exchange.ts";
import { logIn } from "./log-in.ts";
import { SESSION_TIMEOUTS } from "./session-timeouts.ts";

/** Who the peer is and how to speak to it. */
export interface PeerProfile {
  readonly remote: Remote;
  /** Our own name, for EHLO. */
  readonly helo: string;
  readonly tls: Route["tls"];
  /** The peer's name for TLS. */
  readonly serverName: string;
  readonly login?: NonNullable<Route["login"]>;
  /** Whether the password may go out without TLS: only where the route says that TLS is never to be used. */
  readonly clearPassword: boolean;
  /** Fresh random text for each login (SCRAM). */
  readonly nonce: () => string;
}

/** What was agreed before the first message. */
export interface Agreed {
  readonly capabilities: PeerCapabilities;
  readonly tls?: TlsFacts;
}

/** Why no message can go over this connection. */
export interface HandshakeFailure {
  readonly outcome: Outcome;
  /** Only TLS failed, and the route does not insist on it: worth a new connection in the clear. */
  readonly retryInClear: boolean;
}

type Step<T> = Result<T, HandshakeFailure>;

/** Greeting, EHLO, STARTTLS and AUTH on a fresh connection. */
export async function handshake(exchange: Exchange, profile: PeerProfile): Promise<Step<Agreed>> {
  const greeting = await replyAt(exchange, "greeting", profile);
  if (!greeting.ok) return greeting;
  if (greeting.value.code !== 220) return refused(greeting.value, "greeting", profile);
  const clear = await hello(exchange, profile);
  if (!clear.ok) return clear;
  const secured = await secure(exchange, profile, clear.value);
  if (!secured.ok || !profile.login) return secured;
  const failure = await logIn(exchange, {
    login: profile.login,
    offered: secured.value.capabilities.auth,
    passwordMayShow: secured.value.tls !== undefined || profile.clearPassword,
    nonce: profile.nonce,
    remote: profile.remote,
  });
  return failure ? failed(failure) : secured;
}

async function hello(exchange: Exchange, profile: PeerProfile): Promise<Step<PeerCapabilities>> {
  exchange.write(Buffer.from(`EHLO ${profile.helo}\r\n`));
  const extended = await replyAt(exchange, "hello", profile);
  if (!extended.ok) return extended;
  if (extended.value.code === 250) return ok(ehloCapabilities(extended.value.lines));
  if (extended.value.code < 500) return refused(extended.value, "hello", profile);
  // RFC 5321 3.2: a server that does not know EHLO is greeted with HELO and offers nothing.
  exchange.write(Buffer.from(`HELO ${profile.helo}\r\n`));
  const plain = await replyAt(exchange, "hello", profile);
  if (!plain.ok) return plain;
  return plain.value.code === 250 ? ok(ehloCapabilities([])) : refused(plain.value, "hello", profile);
}

async function secure(
  exchange: Exchange,
  profile: PeerProfile,
  clear: PeerCapabilities,
): Promise<Step<Agreed>> {
  const inClear = (why: string): Step<Agreed> =>
    profile.tls === "none" || profile.tls === "may"
      ? ok({ capabilities: clear })
      : failed(connectionOutcome("tls-missing", why, profile.remote));
  if (profile.tls === "none" || !clear.startTls) {
    return inClear("the server offers no TLS, and the route asks for it");
  }
  exchange.write(Buffer.from("STARTTLS\r\n"));
  const go = await replyAt(exchange, "hello", profile);
  if (!go.ok) return go;
  if (go.value.code !== 220) return inClear(`the server offers TLS but refuses it: ${go.value.code}`);
  const tls = await exchange.startTls({
    serverName: profile.serverName,
    verify: profile.tls === "verify",
    timeoutMs: SESSION_TIMEOUTS.tlsMs,
  });
  if (!tls.ok) {
    const outcome = connectionOutcome("tls", tls.error, profile.remote);
    return err({ outcome, retryInClear: profile.tls === "may" });
  }
  // RFC 3207 4.2: what the server offered in the clear is forgotten.
  const capabilities = await hello(exchange, profile);
  return capabilities.ok ? ok({ capabilities: capabilities.value, tls: tls.value }) : capabilities;
}

async function replyAt(exchange: Exchange, stage: Stage, profile: PeerProfile): Promise<Step<ReceivedReply>> {
  const reply = await exchange.reply(SESSION_TIMEOUTS.greetingMs);
  if (reply.ok) return reply;
  const when = stage === "greeting" ? "before the greeting" : "after the greeting";
  return failed(connectionOutcome(reply.error.trouble, `${reply.error.detail} (${when})`, profile.remote));
}

function refused(reply: ReceivedReply, stage: Stage, profile: PeerProfile): Step<never> {
  return failed(classifyReply(reply, stage, profile.remote));
}

function failed(outcome: Outcome): { readonly ok: false; readonly error: HandshakeFailure } {
  return err({ outcome, retryInClear: false });
}
