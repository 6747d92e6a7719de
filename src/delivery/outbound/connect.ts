import { parseDomain } from "../../core/domain.ts";
import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import type { Outcome } from "../../core/outcome.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Dialer } from "../../ports/dialer.ts";
import type { Resolver } from "../../ports/resolver.ts";
import type { Timers } from "../../ports/timers.ts";
import { connectionOutcome } from "./classify.ts";
import { type ClientSession, openSession } from "./client-session.ts";
import type { HandshakeFailure, PeerProfile } from "./handshake.ts";
import type { NextHop } from "./next-hop.ts";
import { SESSION_TIMEOUTS } from "./session-timeouts.ts";

export interface ConnectOptions {
  readonly dialer: Dialer;
  readonly resolver: Pick<Resolver, "addresses">;
  readonly timers: Timers;
  /** Our own name, for EHLO. */
  readonly hostname: string;
  /** Fresh random text for each SCRAM login. */
  readonly nonce: () => string;
}

/** A session and which address it leads to. */
export interface Connected {
  readonly session: ClientSession;
  readonly address: string;
}

/** RFC 5321 5.1 asks for at least two addresses; a list without end would hold up the queue. */
const MAX_ADDRESSES = 8;

/**
 * Opens a session with the first host of a next hop that has one for us.
 * @param tried addresses that need not be tried, since they failed this mail already; those that fail now are added.
 * @returns the outcome where no host is left: one that may pass, if any host's trouble may.
 */
export async function connect(
  options: ConnectOptions,
  hop: NextHop,
  tried: Set<string>,
): Promise<Result<Connected, Outcome>> {
  let worst: Outcome | undefined;
  const note = (outcome: Outcome): void => {
    if (worst === undefined || outcome.kind === "deferred") worst = outcome;
  };
  for (const host of hop.hosts) {
    const addresses = await addressesOf(options, host, hop);
    if (!addresses.ok) note(addresses.error);
    for (const address of addresses.ok ? addresses.value : []) {
      if (tried.has(address.text) || tried.size >= MAX_ADDRESSES) continue;
      const session = await greet(options, hop, host, address);
      if (session.ok) return ok({ session: session.value, address: address.text });
      tried.add(address.text);
      note(session.error);
    }
  }
  return err(
    worst ?? connectionOutcome("unreachable", `no other host of ${hop.hosts.join(", ")} is left to try`),
  );
}

async function addressesOf(
  options: ConnectOptions,
  host: string,
  hop: NextHop,
): Promise<Result<readonly IpAddress[], Outcome>> {
  const literal = parseIp(host.replace(/^\[(?:ipv6:)?(.*)\]$/i, "$1"));
  if (literal) return ok([literal]);
  const name = parseDomain(host);
  const answer = name ? await options.resolver.addresses(name) : ({ kind: "no-name" } as const);
  if (answer.kind === "found") return ok(answer.value);
  if (answer.kind === "no-answer") {
    const diagnostic = `DNS gave no answer for the address of ${host}: ${answer.detail}`;
    return err({ kind: "deferred", status: "4.4.3", diagnostic });
  }
  const diagnostic = `The host ${host} has no address`;
  return err(
    hop.byRoute
      ? { kind: "deferred", status: "4.4.4", diagnostic }
      : { kind: "failed", status: "5.4.4", diagnostic },
  );
}

async function greet(
  options: ConnectOptions,
  hop: NextHop,
  host: string,
  address: IpAddress,
): Promise<Result<ClientSession, Outcome>> {
  const profile: PeerProfile = {
    remote: host === address.text ? `[${address.text}]` : `${host} [${address.text}]`,
    helo: options.hostname,
    tls: hop.tls,
    serverName: host,
    clearPassword: hop.tls === "none",
    nonce: options.nonce,
    ...(hop.login ? { login: hop.login } : {}),
  };
  const first = await attempt(options, hop.port, address, profile);
  if (first.ok) return first;
  if (!first.error.retryInClear) return err(first.error.outcome);
  // RFC 7435: a peer whose TLS is broken is still better served in the clear than not at all.
  const second = await attempt(options, hop.port, address, { ...profile, tls: "none" });
  return second.ok ? second : err(second.error.outcome);
}

async function attempt(
  options: ConnectOptions,
  port: number,
  address: IpAddress,
  profile: PeerProfile,
): Promise<Result<ClientSession, HandshakeFailure>> {
  const wire = await options.dialer.dial(address, port, SESSION_TIMEOUTS.connectMs);
  if (wire.ok) return openSession(wire.value, profile, options.timers);
  return err({ outcome: connectionOutcome("unreachable", wire.error, profile.remote), retryInClear: false });
}
