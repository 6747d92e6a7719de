import { formatReversePath } from "../core/email-address.ts";
import { replies } from "../core/replies.ts";
import type { Reply } from "../core/reply.ts";
import { describeLimit } from "../core/sending-limits.ts";
import { routingForm } from "./address-form.ts";
import type { CompiledPolicy } from "./compile-policy.ts";
import type { Decision, Identity, Step, Verdict } from "./decision.ts";
import type { ListenerFacts, LoginFacts, RelayFacts, Resolution, Target } from "./facts.ts";
import { type EvaluatedGround, evaluateGrounds } from "./grounds.ts";
import { anyLimitReached, checkLimits, limitKeys } from "./limit-check.ts";
import type { Ground, Reason } from "./reason.ts";

/**
 * Decides for one recipient of one transaction whether to deliver it here, relay it, refuse it or defer it (SPEC §2).
 *
 * Total and synchronous; no clock, no chance, no memory: the same policy and facts give the same decision. Denials come
 * before grounds, and a fact that is missing defers wherever learning it could turn the answer.
 *
 * @param trace collects each step with what it saw, for `explain`; leave it out on the hot path.
 */
export function decide(policy: CompiledPolicy, facts: RelayFacts, trace?: Step[]): Decision {
  return (
    refuseAddressForm(policy, facts, trace) ??
    requireLogin(policy, facts, trace) ??
    refuseAccount(policy, facts, trace) ??
    decideByRecipient(policy, facts, trace)
  );
}

function refuseAddressForm(
  policy: CompiledPolicy,
  facts: RelayFacts,
  trace: Step[] | undefined,
): Decision | undefined {
  const form = routingForm(facts.recipient.address);
  trace?.push({ check: "recipient's form", result: form ? "stop" : "pass", saw: form ?? "a plain address" });
  return form ? refuse(policy, facts, "denied-address-form", replies.addressForm) : undefined;
}

function requireLogin(
  policy: CompiledPolicy,
  facts: RelayFacts,
  trace: Step[] | undefined,
): Decision | undefined {
  if (facts.listener.auth !== "required") return undefined;
  const loggedIn = facts.login.state === "in";
  trace?.push({
    check: "listener requires a login",
    result: loggedIn ? "pass" : "stop",
    saw: describeLogin(facts.login),
  });
  if (loggedIn) return undefined;
  const reason = facts.login.state === "failed" ? "denied-failed-login" : "denied-no-ground";
  return refuse(policy, facts, reason, replies.authRequired);
}

/** What a logged-in account may not do, to recipients here or elsewhere: send while suspended, or as somebody else. */
function refuseAccount(
  policy: CompiledPolicy,
  facts: RelayFacts,
  trace: Step[] | undefined,
): Decision | undefined {
  const { login } = facts;
  if (login.state !== "in") return undefined;
  if (!login.suspended.known) {
    trace?.push({ check: "account suspended", result: "unknown", saw: login.suspended.cause });
    return deferred(policy, facts);
  }
  trace?.push({
    check: "account suspended",
    result: login.suspended.value ? "stop" : "pass",
    saw: login.account,
  });
  if (login.suspended.value) return refuse(policy, facts, "denied-suspended", replies.suspended);

  const scope = policy.settings.senders.mustBelongTo;
  if (scope === "any" || facts.sender === null) return undefined;
  const right = login.senderRight;
  if (!right.known) {
    trace?.push({ check: "sender's right", result: "unknown", saw: right.cause });
    return deferred(policy, facts);
  }
  const may = right.value === "own" || (scope === "postoffice" && right.value === "postoffice");
  trace?.push({
    check: "sender's right",
    result: may ? "pass" : "stop",
    saw: `${formatReversePath(facts.sender)} is ${RIGHT_WORDS[right.value]} ${login.account}; allowed: ${scope}`,
  });
  return may ? undefined : refuse(policy, facts, "denied-sender-not-yours", replies.senderNotYours);
}

const RIGHT_WORDS = {
  own: "an own address of",
  postoffice: "of the post office of",
  foreign: "foreign to",
} as const;

function decideByRecipient(policy: CompiledPolicy, facts: RelayFacts, trace: Step[] | undefined): Decision {
  const { resolution } = facts.recipient;
  if (!resolution.known) {
    trace?.push({ check: "recipient hosted here", result: "unknown", saw: resolution.cause });
    return deferred(policy, facts);
  }
  trace?.push(recipientStep(resolution.value));
  switch (resolution.value.kind) {
    case "local":
      return decideDelivery(policy, facts, resolution.value.targets, trace);
    case "no-such-recipient":
      return refuse(policy, facts, "denied-unknown-recipient", replies.unknownRecipient);
    case "remote":
      return decideRelay(policy, facts, trace);
  }
}

/** A delivery needs no ground; an account's own sending, and forwards on their owners' accounts, have limits all the same. */
function decideDelivery(
  policy: CompiledPolicy,
  facts: RelayFacts,
  targets: readonly Target[],
  trace: Step[] | undefined,
): Decision {
  const identity = accountOrAnonymous(facts);
  const forwards = targets.flatMap((target) =>
    target.kind === "remote" ? [`account:${target.chargedTo}`] : [],
  );
  return (
    refuseOverLimit(policy, facts, [...limitKeys(identity), ...forwards], trace) ??
    decision(policy, "deliver", "local-recipient", [], identity, replies.recipientOk)
  );
}

function recipientStep(resolution: Resolution): Step {
  const check = "recipient hosted here";
  switch (resolution.kind) {
    case "local":
      return { check, result: "yes", saw: `${resolution.via}, ${resolution.targets.length} target(s)` };
    case "no-such-recipient":
      return { check, result: "stop", saw: "the domain is hosted here, the address does not exist" };
    case "remote":
      return { check, result: "no", saw: "another server's domain: this is a relay" };
  }
}

function decideRelay(policy: CompiledPolicy, facts: RelayFacts, trace: Step[] | undefined): Decision {
  const { enabled } = policy.settings;
  trace?.push({
    check: "mail relay enabled",
    result: enabled ? "pass" : "stop",
    saw: enabled ? "on" : "off",
  });
  if (!enabled) return refuse(policy, facts, "denied-relay-off", replies.relayOff);

  const grounds = evaluateGrounds(policy, facts);
  if (trace)
    for (const g of grounds) trace.push({ check: `ground: ${g.ground}`, result: g.holds, saw: g.because });

  const strongest = grounds.find((g) => g.holds === "yes");
  if (strongest?.identity && !strongest.capReached) {
    // A stronger ground that is unknown could only have added to the answer, except for an entry whose cap may be used up.
    if (strongerUnknown(grounds, strongest, "privileged-ip")) return deferred(policy, facts);
    const keys = limitKeys(strongest.identity);
    // Or for somebody who answers instead, and whose limit may be used up.
    if (strongerUnknown(grounds, strongest) && anyLimitReached(facts)) return deferred(policy, facts);
    const refusal = refuseOverLimit(policy, facts, keys, trace);
    if (refusal) return refusal;
    return decision(
      policy,
      "relay",
      GRANTED[strongest.ground],
      holding(grounds),
      strongest.identity,
      replies.recipientOk,
    );
  }
  if (strongerUnknown(grounds, strongest)) return deferred(policy, facts);
  if (strongest?.capReached) {
    const { limit, used } = strongest.capReached;
    trace?.push({ check: "daily cap", result: "stop", saw: `${used} of ${limit} recipients used` });
    return refuse(
      policy,
      facts,
      "denied-limit",
      replies.limit(
        `Daily limit of ${limit} recipients reached (${used} used); it starts again at 00:00 UTC`,
      ),
    );
  }
  return refuseWithoutGround(policy, facts, trace);
}

/** Refuses where a limit under one of the keys leaves no room, defers where that cannot be told. */
function refuseOverLimit(
  policy: CompiledPolicy,
  facts: RelayFacts,
  keys: readonly string[],
  trace: Step[] | undefined,
): Decision | undefined {
  const found = checkLimits(facts, keys, trace);
  if (!found) return undefined;
  if (found === "unknown") return deferred(policy, facts);
  return refuse(policy, facts, "denied-limit", replies.limit(describeLimit(found)));
}

/** Whether a ground stronger than `than` is unknown: any, or the one named. */
function strongerUnknown(
  grounds: readonly EvaluatedGround[],
  than: EvaluatedGround | undefined,
  only?: Ground,
): boolean {
  for (const g of grounds) {
    if (g === than) return false;
    if (g.holds === "unknown" && (only === undefined || g.ground === only)) return true;
  }
  return false;
}

function refuseWithoutGround(policy: CompiledPolicy, facts: RelayFacts, trace: Step[] | undefined): Decision {
  const helps = loginWouldHelp(policy, facts);
  trace?.push({
    check: "logging in would help",
    result: helps ? "yes" : "no",
    saw: describeListener(facts.listener, facts.tls),
  });
  if (facts.login.state === "failed") {
    return refuse(
      policy,
      facts,
      "denied-failed-login",
      helps ? replies.failedLogin : replies.failedLoginNoHelp,
    );
  }
  return refuse(policy, facts, "denied-no-ground", helps ? replies.relayLoginWouldHelp : replies.relayDenied);
}

/** Whether the client could log in on this listener now, and that would be a ground (SPEC R-2). */
function loginWouldHelp(policy: CompiledPolicy, facts: RelayFacts): boolean {
  const { listener } = facts;
  return (
    policy.settings.authenticated.enabled &&
    listener.auth !== "never" &&
    facts.login.state !== "in" &&
    (facts.tls || listener.allowCleartextAuth || listener.offersStartTls)
  );
}

const GRANTED: Readonly<Record<Ground, Reason>> = {
  authenticated: "granted-authenticated",
  "pop-before-smtp": "granted-pop-before-smtp",
  "privileged-ip": "granted-privileged-ip",
  "local-sender": "granted-local-sender",
};

function holding(grounds: readonly EvaluatedGround[]): Ground[] {
  return grounds.filter((g) => g.holds === "yes" && !g.capReached).map((g) => g.ground);
}

function accountOrAnonymous(facts: RelayFacts): Identity {
  return facts.login.state === "in"
    ? { kind: "account", account: facts.login.account }
    : { kind: "anonymous" };
}

function refuse(policy: CompiledPolicy, facts: RelayFacts, reason: Reason, reply: Reply): Decision {
  return decision(policy, "reject", reason, [], accountOrAnonymous(facts), reply);
}

function deferred(policy: CompiledPolicy, facts: RelayFacts): Decision {
  return decision(policy, "defer", "deferred-lookup", [], accountOrAnonymous(facts), replies.lookupFailed);
}

function decision(
  policy: CompiledPolicy,
  verdict: Verdict,
  reason: Reason,
  grounds: readonly Ground[],
  identity: Identity,
  reply: Reply,
): Decision {
  return { verdict, reason, grounds, identity, policy: policy.number, reply };
}

function describeLogin(login: LoginFacts): string {
  switch (login.state) {
    case "in":
      return `logged in as ${login.account}`;
    case "failed":
      return "the login failed";
    case "none":
      return "not logged in";
  }
}

function describeListener(listener: ListenerFacts, tls: boolean): string {
  const channel = tls ? "over TLS" : listener.offersStartTls ? "in clear, STARTTLS offered" : "in clear";
  return `listener ${listener.name}: auth ${listener.auth}, ${channel}`;
}
