import type { ScramVerifier } from "./scram-credentials.ts";

/** The server's half of a SCRAM exchange. After any step but `challenge` and `need-scram` it is over. */
export interface ScramExchange {
  readonly firstChallenge: Buffer;
  step(response: Buffer): ScramStep;
  provide(answer: ScramAnswer): ScramStep;
}

/** What is to be done next. */
export type ScramStep =
  | { readonly kind: "challenge"; readonly data: Buffer }
  /** Look the login up and call `provide`. */
  | { readonly kind: "need-scram"; readonly login: string }
  /**
   * Logged in. Where there is `finalData`, SMTP and POP3 have no place for it in the good reply: send it as one more
   * challenge, and the login is good when the client has answered that with an empty line (RFC 4954 4, RFC 5034 4).
   */
  | { readonly kind: "accepted"; readonly account: string; readonly finalData?: Buffer }
  /** A login that failed: counts against the client. */
  | { readonly kind: "rejected" }
  /** Not a login at all; `detail` is a clause for the log that quotes nothing the client sent. */
  | MalformedStep;

/** The end of an exchange whose bytes are not what the mechanism says. */
export interface MalformedStep {
  readonly kind: "malformed";
  readonly detail: string;
}

/** What the caller found for a `need-scram`. A decoy is verified like the real thing and always fails. */
export type ScramAnswer =
  | { readonly kind: "found"; readonly account: string; readonly credentials: ScramVerifier }
  | { readonly kind: "decoy"; readonly credentials: ScramVerifier };

/** What an exchange needs from outside. */
export interface ExchangeOptions {
  /** Fresh, unguessable, printable ASCII without comma; at least 18 random bytes' worth. */
  readonly nonce: () => string;
  /** Whether SCRAM-SHA-256-PLUS was offered to this client: then its claim that it was not is an attack. */
  readonly plusOffered?: boolean;
  /** Channel-binding data of this TLS connection, for SCRAM-SHA-256-PLUS. */
  readonly channelBinding?: ChannelBindings;
}

/** RFC 9266 (`tls-exporter`, 32 bytes) and RFC 5929 (`tls-server-end-point`, the certificate's hash). */
export interface ChannelBindings {
  readonly "tls-exporter"?: Buffer;
  readonly "tls-server-end-point"?: Buffer;
}

/** Ends an exchange because the bytes are not what the mechanism says. */
export function malformed(detail: string): MalformedStep {
  return { kind: "malformed", detail };
}
