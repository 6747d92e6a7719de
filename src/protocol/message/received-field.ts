import { type Domain, parseDomain } from "../../core/domain.ts";
import type { Instant } from "../../core/instant.ts";
import type { IpAddress } from "../../core/ip-address.ts";
import { formatDate } from "./date-time.ts";
import { isSafeAddress, safeWord } from "./safe-text.ts";

/** How a message came in, as the `with` clause names it (RFC 3848, RFC 6531 4.3). */
export type ProtocolName =
  | "SMTP"
  | "ESMTP"
  | "ESMTPS"
  | "ESMTPA"
  | "ESMTPSA"
  | "UTF8SMTP"
  | "UTF8SMTPS"
  | "UTF8SMTPA"
  | "UTF8SMTPSA";

/** What a Received field says. All texts may be the client's own words; none can break out of its place. */
export interface ReceivedTrace {
  /** The name in HELO or EHLO. */
  readonly helo: string;
  readonly clientIp: IpAddress;
  /** The client's name in DNS, where it is known and checked. */
  readonly clientName?: string;
  /** This server. */
  readonly hostname: Domain;
  readonly protocol: ProtocolName;
  readonly id: string;
  readonly tls?: { readonly version: string; readonly cipher: string };
  /** Only where there is just one: with several, each would learn of the others (RFC 5321 7.2). */
  readonly recipient?: string;
  readonly at: Instant;
}

/**
 * Writes the trace field of RFC 5321 4.4, folded, with CRLF at the end:
 * `Received: from HELO (NAME [IP]) by HOST with PROTOCOL (TLS) id ID for <RECIPIENT>; DATE`.
 */
export function receivedField(trace: ReceivedTrace): string {
  const name = trace.clientName ? `${safeWord(trace.clientName, 255)} ` : "";
  const tls = trace.tls ? ` (${safeWord(trace.tls.version, 32)} ${safeWord(trace.tls.cipher, 64)})` : "";
  const utf8 = trace.protocol.startsWith("UTF8");
  const recipient =
    trace.recipient !== undefined && isSafeAddress(trace.recipient, utf8) ? [`for <${trace.recipient}>`] : [];
  const clauses = [
    `from ${heloName(trace.helo)} (${name}${addressLiteral(trace.clientIp)})`,
    `by ${trace.hostname} with ${trace.protocol}${tls}`,
    `id ${safeWord(trace.id, 64)}`,
    ...recipient,
  ];
  return `Received: ${clauses.join("\r\n\t")};\r\n\t${formatDate(trace.at)}\r\n`;
}

/** How the session's features are named. Without EHLO there are none: RFC 3848 has names for ESMTP only. */
export function protocolName(session: {
  readonly esmtp: boolean;
  readonly tls: boolean;
  readonly auth: boolean;
  readonly utf8: boolean;
}): ProtocolName {
  if (!session.esmtp) return "SMTP";
  const base = session.utf8 ? "UTF8SMTP" : "ESMTP";
  if (session.tls) return session.auth ? `${base}SA` : `${base}S`;
  return session.auth ? `${base}A` : base;
}

/** RFC 5321 4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`. */
function addressLiteral(ip: IpAddress): string {
  return ip.version === 4 ? `[${ip.text}]` : `[IPv6:${ip.text}]`;
}

/** The client's name as it may stand in the field: a domain, a literal, or what is left of other text. */
function heloName(helo: string): string {
  if (/^\[[A-Za-z0-9.:-]{1,64}\]$/.test(helo)) return helo;
  // A Unicode name becomes A-labels, which every reader of the field can take.
  return parseDomain(helo) ?? (safeWord(helo, 255) || "unknown");
}
