import { formatAddress, isLiteral } from "../core/email-address.ts";
import type { Fact } from "../core/fact.ts";
import type { CompiledPolicy } from "./compile-policy.ts";
import type { GroundResult, Identity } from "./decision.ts";
import type { PopGrant, RelayFacts } from "./facts.ts";
import type { PrivilegedEntry } from "./policy.ts";

/** A ground with who answers for the message if it is the strongest that holds. */
export interface EvaluatedGround extends GroundResult {
  readonly identity?: Identity;
  /** The privileged entry's daily cap is used up: this denies where no stronger ground holds. */
  readonly capReached?: { readonly used: number; readonly limit: number };
}

/** A grant may lie this far ahead of our clock before it is disbelieved: file servers have clocks of their own. */
const MAX_CLOCK_SKEW_MS = 60_000;

/**
 * All four grounds, strongest first, each evaluated on its own (SPEC R-7). After a failed login the grounds
 * that go without one are void for the session: a mistyped password must not send as somebody else.
 */
export function evaluateGrounds(policy: CompiledPolicy, facts: RelayFacts): readonly EvaluatedGround[] {
  const authenticated = authenticatedGround(policy, facts);
  const because = addressVoid(facts);
  if (because !== undefined) {
    return [
      authenticated,
      { ground: "pop-before-smtp", holds: "no", because },
      { ground: "privileged-ip", holds: "no", because },
      { ground: "local-sender", holds: "no", because },
    ];
  }
  return [
    authenticated,
    popGround(policy, facts),
    privilegedGround(policy, facts),
    localSenderGround(policy, facts),
  ];
}

/** Why this session's address counts for nothing; `undefined` where it does count. */
function addressVoid(facts: RelayFacts): string | undefined {
  if (facts.login.state === "failed") return "a login failed in this session";
  return facts.clientIsProxy ? "the connection is the trusted proxy's own" : undefined;
}

function authenticatedGround(policy: CompiledPolicy, facts: RelayFacts): EvaluatedGround {
  const ground = "authenticated" as const;
  if (!policy.settings.authenticated.enabled) return { ground, holds: "no", because: "the option is off" };
  switch (facts.login.state) {
    case "in":
      return {
        ground,
        holds: "yes",
        because: `logged in as ${facts.login.account}`,
        identity: { kind: "account", account: facts.login.account },
      };
    case "failed":
      return { ground, holds: "no", because: "the login failed" };
    case "none":
      return { ground, holds: "no", because: "not logged in" };
  }
}

function popGround(policy: CompiledPolicy, facts: RelayFacts): EvaluatedGround {
  const ground = "pop-before-smtp" as const;
  const settings = policy.settings.popBeforeSmtp;
  if (!settings.enabled) return { ground, holds: "no", because: "the option is off" };
  if (!facts.popGrant.known) return { ground, holds: "unknown", because: "the grants could not be read" };
  const grant = facts.popGrant.value;
  if (!grant) return { ground, holds: "no", because: "no POP login from this address" };
  // The age is judged here, at each decision, so that no clean-up need have run (SPEC R-21).
  const ageMs = facts.now - grant.loggedInAt;
  if (ageMs >= settings.periodMs) {
    return {
      ground,
      holds: "no",
      because: `the POP login is ${seconds(ageMs)} old, the period is ${seconds(settings.periodMs)}`,
    };
  }
  if (ageMs < -MAX_CLOCK_SKEW_MS)
    return { ground, holds: "no", because: "the POP login is dated in the future" };
  if (grant.accounts.length > 0 && settings.senderMustBelong) {
    const belongs = senderBelongs(facts);
    if (!belongs.known)
      return { ground, holds: "unknown", because: "whose address the sender is could not be looked up" };
    if (!belongs.value)
      return { ground, holds: "no", because: "the sender is no address of an account that logged in" };
  }
  return {
    ground,
    holds: "yes",
    because: popBecause(grant, ageMs),
    identity: { kind: "grant", client: facts.client.text, accounts: grant.accounts },
  };
}

function senderBelongs(facts: RelayFacts): Fact<boolean> {
  // The null path is nobody's address, so it does not go with a grant that is bound to accounts.
  return facts.sender === null ? { known: true, value: false } : facts.senderBelongsToGrant;
}

function popBecause(grant: PopGrant, ageMs: number): string {
  const who = grant.accounts.length > 0 ? grant.accounts.join(", ") : "a program without naming an account";
  return `POP login ${seconds(Math.max(0, ageMs))} ago by ${who}`;
}

function privilegedGround(policy: CompiledPolicy, facts: RelayFacts): EvaluatedGround {
  const ground = "privileged-ip" as const;
  if (!policy.settings.privileged.enabled) return { ground, holds: "no", because: "the option is off" };
  const entries = policy.privileged.find(facts.client);
  let because = "the address is in no privileged range";
  for (const entry of entries) {
    const misfit = entryMisfit(entry, facts);
    if (misfit) {
      because = `entry ${entry.id} (${entry.label}): ${misfit}`;
      continue;
    }
    return privilegedByEntry(entry, facts);
  }
  return { ground, holds: "no", because };
}

function privilegedByEntry(entry: PrivilegedEntry, facts: RelayFacts): EvaluatedGround {
  const ground = "privileged-ip" as const;
  const cap = entry.dailyCap === undefined ? {} : { dailyCap: entry.dailyCap };
  const identity: Identity = { kind: "privileged", entry: entry.id, label: entry.label, ...cap };
  if (entry.dailyCap !== undefined) {
    if (!facts.privilegedUse.known)
      return { ground, holds: "unknown", because: `the daily count of entry ${entry.id} could not be read` };
    const used = facts.privilegedUse.value.get(entry.id) ?? 0;
    if (used >= entry.dailyCap) {
      return {
        ground,
        holds: "yes",
        because: `entry ${entry.id} (${entry.label}), its daily cap used up`,
        identity,
        capReached: { used, limit: entry.dailyCap },
      };
    }
  }
  return { ground, holds: "yes", because: `entry ${entry.id} (${entry.label})`, identity };
}

/** Why an entry that holds the address does not hold this message; `undefined` where it does. */
function entryMisfit(entry: PrivilegedEntry, facts: RelayFacts): string | undefined {
  if (entry.expiresAt !== undefined && facts.now >= entry.expiresAt) return "expired";
  if (entry.senders.length > 0) {
    const { sender } = facts;
    if (sender === null) return "the null sender is not among its allowed senders";
    const address = formatAddress(sender).toLowerCase();
    if (!entry.senders.includes(address) && !entry.senders.includes(`@${sender.domain}`))
      return "the sender is not among its allowed senders";
  }
  if (entry.recipients.length > 0 && !entry.recipients.includes(facts.recipient.address.domain)) {
    return "the recipient's domain is not among its allowed recipients";
  }
  return undefined;
}

function localSenderGround(policy: CompiledPolicy, facts: RelayFacts): EvaluatedGround {
  const ground = "local-sender" as const;
  const settings = policy.settings.localSenders;
  if (!settings.enabled) return { ground, holds: "no", because: "the option is off" };
  const { sender } = facts;
  if (sender === null) return { ground, holds: "no", because: "the null sender is nobody's address" };
  if (isLiteral(sender.domain)) return { ground, holds: "no", because: "the sender has no domain" };
  const fact = settings.match === "domain" ? facts.senderDomainHosted : facts.senderAddressExists;
  if (!fact.known) return { ground, holds: "unknown", because: "the sender could not be looked up" };
  const what = settings.match === "domain" ? `the domain ${sender.domain} is` : "the address is";
  if (!fact.value) return { ground, holds: "no", because: `${what} not hosted here` };
  const address = formatAddress(sender);
  return {
    ground,
    holds: "yes",
    weak: true,
    because: `${what} hosted here (anybody can claim it)`,
    identity: { kind: "local-sender", sender: address },
  };
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`;
}
