import type { SessionTls } from "../connections/tls-upgrade.ts";
import type { Domain } from "../core/domain.ts";
import type { Clock } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { SessionAuthenticator } from "../ports/authenticator.ts";
import type { Directory } from "../ports/directory.ts";
import type { GrantStore } from "../ports/grant-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { LoginGuard } from "../ports/login-guard.ts";
import type { MaildropStore } from "../ports/maildrop-store.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";

/** What a listener is; from `postern.toml`. */
export interface PopListenerSettings {
  readonly name: string;
  readonly protocol: "pop3" | "pop3s";
  readonly allowCleartextAuth: boolean;
}

/** Bounds on one session. */
export interface PopLimits {
  /** Refused commands before the session is ended. */
  readonly maxErrors: number;
  /** RFC 1939 3: at least 10 minutes. */
  readonly idleTimeoutMs: number;
  /** How long one connection may last in all. */
  readonly sessionTimeoutMs: number;
}

/** What the whole server shares. */
export interface PopServices {
  readonly hostname: Domain;
  readonly limits: PopLimits;
  readonly clock: Clock;
  readonly directory: Pick<Directory, "account">;
  readonly authenticator: SessionAuthenticator;
  readonly guard: LoginGuard;
  readonly maildrops: MaildropStore;
  readonly grants: Pick<GrantStore, "allow">;
  readonly log: Logger;
  /** The policy in force now: whether a login makes a grant. */
  readonly policy: () => CompiledPolicy;
  /** Randomness for SASL nonces. */
  readonly nonce: () => string;
  /** Whether a certificate is loaded, so that STLS can be offered. */
  readonly tlsAvailable: () => boolean;
}

/** One session's surroundings. A new one is made when TLS starts; nothing in it ever changes. */
export interface PopContext extends PopServices {
  readonly listener: PopListenerSettings;
  readonly client: IpAddress;
  readonly clientIsProxy: boolean;
  readonly tls: SessionTls | undefined;
}
