import type { IpAddress } from "../core/ip-address.ts";
import type { ScramCredentials } from "./directory.ts";

/** Checks a login. One is chosen for the whole server (SPEC R-12..14); SMTP and POP ask the same one. */
export interface Authenticator {
  /** Whether the method in force has SCRAM; where it has not, only mechanisms that send the password are offered. */
  offersScram(): boolean;
  /** PLAIN, LOGIN and POP's USER/PASS. Unknown and known names take the same time. */
  verify(login: string, password: string): Promise<LoginOutcome>;
  /**
   * What SCRAM-SHA-256 needs, or made-up credentials of the same shape for an unknown name, so that nobody learns from
   * the answer which names exist. `undefined` where this method of authentication has no SCRAM.
   */
  scramCredentials(login: string): Promise<ScramLookup | undefined>;
}

/** Where a login comes from. */
export interface LoginOrigin {
  readonly client: IpAddress;
  readonly protocol: "smtp" | "pop3";
}

/** What sessions ask: an {@link Authenticator} that may want to know where the login comes from. */
export interface SessionAuthenticator {
  offersScram(): boolean;
  verify(login: string, password: string, origin: LoginOrigin): Promise<LoginOutcome>;
  scramCredentials(login: string): Promise<ScramLookup | undefined>;
}

export type ScramLookup =
  | { readonly kind: "found"; readonly account: string; readonly credentials: ScramCredentials }
  | { readonly kind: "decoy"; readonly credentials: ScramCredentials }
  | { readonly kind: "unavailable"; readonly detail: string };

/** `unavailable` is answered 454 4.7.0: never acceptance, never a count against the client. */
export type LoginOutcome =
  | { readonly kind: "accepted"; readonly account: string }
  | { readonly kind: "rejected" }
  | { readonly kind: "unavailable"; readonly detail: string };
