import fc from "fast-check";
import { type Fact, known, unknown } from "../../src/core/fact.ts";
import { instant } from "../../src/core/instant.ts";
import { fromBigInt, toBigInt } from "../../src/core/ip-address.ts";
import type { Quota } from "../../src/core/sending-limits.ts";
import type { LoginFacts, PopGrant, RelayFacts, Resolution } from "../../src/relay/facts.ts";
import type { PrivilegedEntry, RelaySettings } from "../../src/relay/policy.ts";
import { address, ip, NOW } from "./relay-facts.ts";

const DAY_MS = 86_400_000;

/** A fact that is known, or not. */
function fact<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> {
  return fc.oneof(
    { weight: 3, arbitrary: value.map((v) => known(v)) },
    { weight: 1, arbitrary: fc.constant(unknown("timeout")) },
  );
}

/** Addresses close together, so that ranges and clients meet. */
export const anyIp = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map((n) => ip(`192.0.2.${n}`)),
  fc.integer({ min: 0, max: 65_535 }).map((n) => ip(`2001:db8::${n.toString(16)}`)),
);

/** Ranges of either version, from one address to some hundred, on and off prefix boundaries. */
const anyRange = fc.tuple(anyIp, fc.integer({ min: 0, max: 300 })).map(([first, more]) => {
  const top = toBigInt(first.version === 4 ? ip("192.0.2.255") : ip("2001:db8::ffff"));
  const last = toBigInt(first) + BigInt(more);
  return { first, last: fromBigInt(last < top ? last : top, first.version) };
});

const senders = ["alice@example.test", "app@devices.test", "someone@elsewhere.test"];

const anyEntry: fc.Arbitrary<PrivilegedEntry> = fc.record(
  {
    id: fc.integer({ min: 1, max: 9 }),
    range: anyRange,
    label: fc.constant("label"),
    owner: fc.constant("owner"),
    note: fc.constant(""),
    expiresAt: fc.integer({ min: -DAY_MS, max: DAY_MS }).map((d) => instant(NOW + d)),
    senders: fc.subarray(["alice@example.test", "@devices.test"]),
    recipients: fc.subarray(["remote.test"]),
    dailyCap: fc.integer({ min: 1, max: 10 }),
  },
  { requiredKeys: ["id", "range", "label", "owner", "note", "senders", "recipients"] },
);

/** Entries with ids of their own. */
export const anyEntries = fc
  .array(anyEntry, { maxLength: 6 })
  .map((entries) => entries.map((entry, i) => ({ ...entry, id: i + 1 })));

export const anySettings: fc.Arbitrary<RelaySettings> = fc.record({
  enabled: fc.boolean(),
  authenticated: fc.record({ enabled: fc.boolean(), method: fc.constant("integrated" as const) }),
  privileged: fc.record({ enabled: fc.boolean() }),
  localSenders: fc.record({
    enabled: fc.boolean(),
    match: fc.constantFrom("domain" as const, "address" as const),
  }),
  popBeforeSmtp: fc.record({
    enabled: fc.boolean(),
    periodMs: fc.integer({ min: 1000, max: DAY_MS }),
    senderMustBelong: fc.boolean(),
    ipv6Prefix: fc.constantFrom(64 as const, 128 as const),
  }),
  senders: fc.record({
    mustBelongTo: fc.constantFrom("any" as const, "postoffice" as const, "account" as const),
  }),
  acceptAddressLiterals: fc.boolean(),
});

const anyLogin: fc.Arbitrary<LoginFacts> = fc.oneof(
  fc.constant({ state: "none" } as const),
  fc.constant({ state: "failed" } as const),
  fc.record({
    state: fc.constant("in" as const),
    account: fc.constant("alice@example.test"),
    suspended: fact(fc.boolean()),
    senderRight: fact(fc.constantFrom("own" as const, "postoffice" as const, "foreign" as const)),
  }),
);

const anyResolution: fc.Arbitrary<Resolution> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "remote" } as const) },
  fc.constant({ kind: "no-such-recipient" } as const),
  fc.constant({
    kind: "local",
    via: "mailbox",
    targets: [{ kind: "mailbox", mailbox: "alice@example.test" }],
  } as const),
);

const anyGrant: fc.Arbitrary<PopGrant | undefined> = fc.option(
  fc.record({
    loggedInAt: fc.integer({ min: -2 * DAY_MS, max: DAY_MS }).map((d) => instant(NOW + d)),
    accounts: fc.subarray(["alice@example.test"]),
  }),
  { nil: undefined },
);

const anyUse = fc.integer({ min: 0, max: 5 });
const anyQuota: fc.Arbitrary<Quota> = fc.record({
  owner: fc.constantFrom("account" as const, "postoffice" as const, "grant" as const),
  limits: fc.record(
    {
      messagesPerHour: fc.integer({ min: 1, max: 4 }),
      recipientsPerDay: fc.integer({ min: 1, max: 4 }),
      firstTimePerDay: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: [] },
  ),
  use: fc.record({
    messagesPerHour: anyUse,
    messagesPerDay: anyUse,
    recipientsPerHour: anyUse,
    recipientsPerDay: anyUse,
    firstTimePerDay: anyUse,
  }),
});

const anyQuotas = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom("account:alice@example.test", "privileged:1", "privileged:2"),
        anyIp.map(({ text }) => `grant:${text}`),
      ),
      fc.array(anyQuota, { maxLength: 2 }),
    ),
    { maxLength: 3 },
  )
  .map((entries): ReadonlyMap<string, readonly Quota[]> => new Map(entries));

export const anyFacts: fc.Arbitrary<RelayFacts> = fc.record({
  now: fc.constant(NOW),
  client: anyIp,
  clientIsProxy: fc.boolean(),
  listener: fc.record({
    name: fc.constant("mx"),
    auth: fc.constantFrom("never" as const, "optional" as const, "required" as const),
    allowCleartextAuth: fc.boolean(),
    offersStartTls: fc.boolean(),
  }),
  tls: fc.boolean(),
  login: anyLogin,
  sender: fc.option(fc.constantFrom(...senders).map(address), { nil: null }),
  senderDomainHosted: fact(fc.boolean()),
  senderAddressExists: fact(fc.boolean()),
  recipient: fc
    .tuple(
      fact(anyResolution),
      fact(fc.boolean()),
      fc.constantFrom("friend@remote.test", "friend%remote.test@example.test"),
    )
    .map(([resolution, firstTime, text]) => ({ address: address(text), text, resolution, firstTime })),
  quotas: fact(anyQuotas),
  popGrant: fact(anyGrant),
  senderBelongsToGrant: fact(fc.boolean()),
  privilegedUse: fact(
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 12 })))
      .map((use) => new Map(use)),
  ),
});

/** Facts in which everything is known: what somebody could have learnt of `facts`. */
export function learnt(facts: RelayFacts, from: RelayFacts): RelayFacts {
  const pick = <T>(mine: Fact<T>, theirs: Fact<T>): Fact<T> => (mine.known ? mine : theirs);
  const login =
    facts.login.state === "in" && from.login.state === "in"
      ? {
          ...facts.login,
          suspended: pick(facts.login.suspended, from.login.suspended),
          senderRight: pick(facts.login.senderRight, from.login.senderRight),
        }
      : facts.login;
  return {
    ...facts,
    login,
    senderDomainHosted: pick(facts.senderDomainHosted, from.senderDomainHosted),
    senderAddressExists: pick(facts.senderAddressExists, from.senderAddressExists),
    recipient: {
      ...facts.recipient,
      resolution: pick(facts.recipient.resolution, from.recipient.resolution),
      firstTime: pick(facts.recipient.firstTime, from.recipient.firstTime),
    },
    quotas: pick(facts.quotas, from.quotas),
    popGrant: pick(facts.popGrant, from.popGrant),
    senderBelongsToGrant: pick(facts.senderBelongsToGrant, from.senderBelongsToGrant),
    privilegedUse: pick(facts.privilegedUse, from.privilegedUse),
  };
}
