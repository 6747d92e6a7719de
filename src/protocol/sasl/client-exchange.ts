/** Who logs in, and where the client's nonce comes from (SCRAM only): fresh, unguessable, printable, without comma. */
export interface ClientLogin {
  readonly user: string;
  readonly password: string;
  readonly nonce: () => string;
}

/**
 * The client's half of one exchange, base64 left to the caller. The server's good reply counts only where `finished()`:
 * a server that says 235 to SCRAM without having proved that it knows the password is not the server meant.
 */
export interface ClientExchange {
  /** What goes with the AUTH command, or `undefined` where the mechanism waits for a challenge. */
  initial(): Buffer | undefined;
  step(challenge: Buffer): ClientStep;
  /** Whether everything has been said, and everything checked. */
  finished(): boolean;
}

/** `done`: nothing more to say; a challenge is answered with an empty line. `failed`: cancel with `*`. */
export type ClientStep =
  | { readonly kind: "send"; readonly data: Buffer }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly detail: string };
