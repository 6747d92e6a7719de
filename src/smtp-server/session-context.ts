import type { SessionTls } from "../connections/tls-upgrade.ts";
import type { Domain } from "../core/domain.ts";
import type { DecisionId, MessageId } from "../core/ids.ts";
import type { Clock } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { SessionAuthenticator } from "../ports/authenticator.ts";
import type { Directory } from "../ports/directory.ts";
import type { GrantStore } from "../ports/grant-store.ts";
import type { Journal } from "../ports/journal.ts";
import type { Logger } from "../ports/logger.ts";
import type { LoginGuard } from "../ports/login-guard.ts";
import type { UsageStore } from "../ports/usage-store.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";
import type { Intake } from "../spool/intake.ts";
import type { Spool } from "../spool/spool.ts";
import type { OwnAddresses } from "./gather-facts.ts";

/** What a listener is; from `postern.toml`. */
export interface ListenerSettings {
  readonly name: string;
  readonly protocol: "smtp" | "submission" | "submissions";
  readonly auth: "never" | "optional" | "required";
  readonly allowCleartextAuth: boolean;
}

/** Bounds on one session; every one of them is a promise to the other clients. */
export interface SessionLimits {
  readonly maxMessageBytes: number;
  /** RFC 5321 4.5.3.1.8: at least 100. */
  readonly maxRecipients: number;
  /** 5xx replies before 421. */
  readonly maxErrors: number;
  readonly maxCommands: number;
  /** RFC 5321 6.3: at least 100. */
  readonly maxReceivedFields: number;
  /** How long a question to a port may take before its answer is unknown. */
  readonly lookupTimeoutMs: number;
  /** RFC 5321 4.5.3.2.7: at least 5 minutes. */
  readonly idleTimeoutMs: number;
  /** How long one connection may last in all. */
  readonly sessionTimeoutMs: number;
}

/** What the whole server shares. */
export interface SmtpServices {
  readonly hostname: Domain;
  readonly ownAddresses: OwnAddresses;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly grants: GrantStore;
  readonly usage: Pick<UsageStore, "privilegedToday" | "quotas" | "isFirstTime">;
  readonly authenticator: SessionAuthenticator;
  readonly guard: LoginGuard;
  readonly journal: Journal;
  readonly spool: Spool;
  /** Whether a message of so many octets may begin; asked for each, so it answers from what is known. */
  readonly intake: Intake;
  readonly log: Logger;
  /** The policy in force now; a transaction keeps the one that it began with. */
  readonly policy: () => CompiledPolicy;
  readonly newDecisionId: () => DecisionId;
  readonly newMessageId: () => MessageId;
  /** Randomness for SASL nonces. */
  readonly nonce: () => string;
  /** Whether a certificate is loaded, so that STARTTLS can be offered. */
  readonly tlsAvailable: () => boolean;
}

/** One session's surroundings. A new one is made when TLS starts; nothing in it ever changes. */
export interface SessionContext extends SmtpServices {
  readonly listener: ListenerSettings;
  readonly client: IpAddress;
  readonly clientIsProxy: boolean;
  readonly tls: SessionTls | undefined;
}
