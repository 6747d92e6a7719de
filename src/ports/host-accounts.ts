/** The accounts of this machine or of its domain: PAM, Windows or an LDAP directory (SPEC R-12, method 2). */
export interface HostAccounts {
  /** Asks once, under a deadline of its own. Never rejects: what went wrong is an answer too. */
  check(question: HostQuestion): Promise<HostAnswer>;
  /** Ends what is open; nothing is asked afterwards. */
  close(): void;
}

/** Who claims to be whom. The password is never empty. */
export interface HostQuestion {
  /** The name without its domain. */
  readonly user: string;
  /** The domain that the post office's accounts are in, where one is configured. */
  readonly domain?: string;
  /** The address of the mailbox that the login is for. */
  readonly mailbox: string;
  readonly password: string;
}

/** `unavailable` is no answer: nothing is learned about the password. `detail` is for the log and quotes no secret. */
export type HostAnswer =
  | { readonly kind: "right" }
  | { readonly kind: "wrong" }
  | { readonly kind: "unavailable"; readonly detail: string };
