import { formatReversePath } from "../core/email-address.ts";
import { type Fact, known } from "../core/fact.ts";
import { type CompiledPolicy, withEntry, withSettings } from "./compile-policy.ts";
import { decide } from "./decide.ts";
import type { Verdict } from "./decision.ts";
import type { LoginFacts, RelayFacts, SenderRight } from "./facts.ts";
import type { PrivilegedEntry, RelaySettings } from "./policy.ts";

/** A change that would turn a decision, found by deciding again with it made. */
export interface Flip {
  /** What to do, as an imperative sentence. Where two things are needed both are named. */
  readonly change: string;
  /** Who can do it: the client by itself, or the administrator. */
  readonly by: "client" | "administrator";
  /** The command that does it, where there is one. */
  readonly command?: string;
  /** What the change brings with it besides this message; absent where nothing. */
  readonly risk?: string;
  readonly decision: Verdict;
}

interface Situation {
  readonly policy: CompiledPolicy;
  readonly facts: RelayFacts;
}

interface Change extends Omit<Flip, "decision"> {
  /** The situation with the change made; `undefined` where the change makes no sense in it. */
  apply(situation: Situation): Situation | undefined;
}

/**
 * The smallest changes that would turn the answer between *taken* and *refused*, least risk first. Single changes; pairs
 * only where no single one turns it. Every one returned has been put to {@link decide}.
 */
export function findFlips(policy: CompiledPolicy, facts: RelayFacts): Flip[] {
  const now = decide(policy, facts);
  if (now.verdict === "defer") return [];
  const changes = changesFor({ policy, facts });
  const singles = changes.flatMap((change) => tryChanges({ policy, facts }, now.verdict, [change]));
  if (singles.length > 0) return singles;
  const pairs: Flip[] = [];
  for (const [i, first] of changes.entries()) {
    for (const second of changes.slice(i + 1))
      pairs.push(...tryChanges({ policy, facts }, now.verdict, [first, second]));
  }
  return pairs.slice(0, MAX_PAIRS);
}

const MAX_PAIRS = 4;

function tryChanges(from: Situation, before: Verdict, changes: readonly Change[]): Flip[] {
  let situation: Situation | undefined = from;
  for (const change of changes) situation = situation && change.apply(situation);
  if (!situation) return [];
  const { verdict } = decide(situation.policy, situation.facts);
  if (taken(verdict) === taken(before) || verdict === "defer") return [];
  const commands = changes.flatMap((c) => (c.command ? [c.command] : []));
  const risks = changes.flatMap((c) => (c.risk ? [c.risk] : []));
  return [
    {
      change: changes.map((c) => c.change).join("; then "),
      by: changes.some((c) => c.by === "administrator") ? "administrator" : "client",
      ...(commands.length > 0 ? { command: commands.join(" && ") } : {}),
      ...(risks.length > 0 ? { risk: risks.join("; ") } : {}),
      decision: verdict,
    },
  ];
}

function taken(verdict: Verdict): boolean {
  return verdict === "relay" || verdict === "deliver";
}

function changesFor({ policy, facts }: Situation): Change[] {
  return [
    ...clientChanges(facts),
    ...accountChanges(facts),
    ...recipientChanges(facts),
    ...settingChanges(policy, facts),
  ];
}

const OWN: Fact<SenderRight> = known("own");

/** A login that would do: nothing else stands against it. */
const GOOD_LOGIN: LoginFacts = {
  state: "in",
  account: "the account",
  suspended: known(false),
  senderRight: OWN,
};

function clientChanges(facts: RelayFacts): Change[] {
  return [
    {
      change: `Log in${facts.tls ? "" : facts.listener.offersStartTls ? " (after STARTTLS)" : ""} with an account that owns the sender address`,
      by: "client",
      apply: ({ policy, facts: f }) => {
        const possible =
          f.listener.auth !== "never" &&
          (f.tls || f.listener.offersStartTls || f.listener.allowCleartextAuth);
        const offered = policy.settings.authenticated.enabled || f.listener.auth === "required";
        if (f.login.state === "in" || !possible || !offered) return undefined;
        return { policy, facts: { ...f, login: GOOD_LOGIN } };
      },
    },
    {
      change: "Use a listener that offers a login, with an account that owns the sender address",
      by: "client",
      apply: ({ policy, facts: f }) => {
        if (f.listener.auth !== "never" || !policy.settings.authenticated.enabled) return undefined;
        return {
          policy,
          facts: { ...f, listener: { ...f.listener, auth: "optional" }, tls: true, login: GOOD_LOGIN },
        };
      },
    },
    {
      change: "Start a new session, without the failed login",
      by: "client",
      apply: ({ policy, facts: f }) =>
        f.login.state === "failed" ? { policy, facts: { ...f, login: { state: "none" } } } : undefined,
    },
    {
      change: "Fetch mail by POP from this address first",
      by: "client",
      apply: ({ policy, facts: f }) => ({
        policy,
        facts: {
          ...f,
          popGrant: known({ loggedInAt: f.now, accounts: ["the account"] }),
          senderBelongsToGrant: known(f.sender !== null),
        },
      }),
    },
  ];
}

function accountChanges(facts: RelayFacts): Change[] {
  if (facts.login.state !== "in") return [];
  const { account } = facts.login;
  const sender = formatReversePath(facts.sender);
  return [
    {
      change: `Send with an address that belongs to ${account}`,
      by: "client",
      apply: ({ policy, facts: f }) =>
        f.login.state === "in"
          ? { policy, facts: { ...f, login: { ...f.login, senderRight: OWN } } }
          : undefined,
    },
    {
      change: `Give ${account} the address ${sender}`,
      by: "administrator",
      command: `postern address add ${sender} --to ${account}`,
      apply: ({ policy, facts: f }) =>
        f.login.state === "in" && f.senderDomainHosted.known && f.senderDomainHosted.value
          ? { policy, facts: { ...f, login: { ...f.login, senderRight: OWN } } }
          : undefined,
    },
    {
      change: "Raise the sending limit that is used up",
      by: "administrator",
      command: `postern limits set account:${account} NAME=NUMBER`,
      apply: ({ policy, facts: f }) => ({ policy, facts: { ...f, quotas: known(new Map()) } }),
    },
    {
      change: `Let ${account} send again`,
      by: "administrator",
      command: `postern mailbox resume ${account}`,
      risk: "find out first why it was suspended",
      apply: ({ policy, facts: f }) =>
        f.login.state === "in"
          ? { policy, facts: { ...f, login: { ...f.login, suspended: known(false) } } }
          : undefined,
    },
  ];
}

function recipientChanges(facts: RelayFacts): Change[] {
  const resolution = facts.recipient.resolution;
  if (!resolution.known || resolution.value.kind !== "no-such-recipient") return [];
  return [
    {
      change: `Make the mailbox ${facts.recipient.text}`,
      by: "administrator",
      command: `postern mailbox add ${facts.recipient.text}`,
      apply: ({ policy, facts: f }) => ({
        policy,
        facts: {
          ...f,
          recipient: {
            ...f.recipient,
            resolution: known({
              kind: "local",
              via: "mailbox",
              targets: [{ kind: "mailbox", mailbox: f.recipient.text }],
            }),
          },
        },
      }),
    },
  ];
}

const FORGE_RISK = "anybody can claim such a sender; block lists count this as an open relay";

function settingChanges({ settings }: CompiledPolicy, { client }: RelayFacts): Change[] {
  return [
    toggle("relay.enabled", settings.enabled, (s, enabled) => ({ ...s, enabled })),
    toggle("authenticated.enabled", settings.authenticated.enabled, (s, enabled) => ({
      ...s,
      authenticated: { ...s.authenticated, enabled },
    })),
    {
      change: `Add ${client.text} as a privileged address`,
      by: "administrator",
      command: `postern privileged add ${client.text} --label LABEL --owner OWNER`,
      risk: `whoever sends from ${client.text} relays without a login`,
      apply: ({ policy, facts }) => ({ policy: withEntry(policy, entryFor(facts)), facts }),
    },
    toggle("popBeforeSmtp.enabled", settings.popBeforeSmtp.enabled, (s, enabled) => ({
      ...s,
      popBeforeSmtp: { ...s.popBeforeSmtp, enabled },
    })),
    toggle("privileged.enabled", settings.privileged.enabled, (s, enabled) => ({
      ...s,
      privileged: { enabled },
    })),
    toggle(
      "localSenders.enabled",
      settings.localSenders.enabled,
      (s, enabled) => ({ ...s, localSenders: { ...s.localSenders, enabled } }),
      FORGE_RISK,
    ),
  ];
}

function entryFor({ client }: RelayFacts): PrivilegedEntry {
  return {
    id: 0,
    range: { first: client, last: client },
    label: "new",
    owner: "",
    note: "",
    senders: [],
    recipients: [],
  };
}

/** One switch of the settings, turned to the other side. */
function toggle(
  key: string,
  isOn: boolean,
  set: (settings: RelaySettings, on: boolean) => RelaySettings,
  riskOfOn?: string,
): Change {
  return {
    change: `Switch ${isOn ? "off" : "on"} ${key}`,
    by: "administrator",
    command: `postern relay set ${key}=${!isOn}`,
    ...(riskOfOn && !isOn ? { risk: riskOfOn } : {}),
    apply: ({ policy, facts }) => ({ policy: withSettings(policy, set(policy.settings, !isOn)), facts }),
  };
}
