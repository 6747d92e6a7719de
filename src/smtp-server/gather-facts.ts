import type { Domain } from "../core/domain.ts";
import { type EmailAddress, isLiteral, type ReversePath } from "../core/email-address.ts";
import { type Fact, known, unknown } from "../core/fact.ts";
import type { Instant } from "../core/instant.ts";
import type { IpAddress } from "../core/ip-address.ts";
import type { Directory } from "../ports/directory.ts";
import type { GrantStore } from "../ports/grant-store.ts";
import type { UsageStore } from "../ports/usage-store.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";
import type { ListenerFacts, LoginFacts, PopGrant, RelayFacts, Resolution } from "../relay/facts.ts";

/** The ports that a decision's facts come from. */
export interface FactSources {
  readonly directory: Directory;
  readonly grants: GrantStore;
  readonly usage: Pick<UsageStore, "privilegedToday" | "quotas" | "isFirstTime">;
  readonly lookupTimeoutMs: number;
  /** Told why a question could not be answered; the client is not. */
  readonly onLookupFailure: (error: unknown) => void;
}

/** Who sends: the half of the facts that is the same for all recipients of a transaction. */
export interface SenderQuestion {
  readonly now: Instant;
  readonly client: IpAddress;
  readonly clientIsProxy: boolean;
  readonly listener: ListenerFacts;
  readonly tls: boolean;
  readonly login: { readonly state: "none" | "failed" } | { readonly state: "in"; readonly account: string };
  readonly sender: ReversePath;
}

/** {@link RelayFacts} less the recipient. */
export type SenderFacts = Omit<RelayFacts, "recipient">;

/**
 * Asks about client, login and sender, all at once and under a deadline. What the policy does not need is not asked; what
 * could not be answered in time is unknown, never *no*.
 */
export async function gatherSenderFacts(
  sources: FactSources,
  policy: CompiledPolicy,
  question: SenderQuestion,
): Promise<SenderFacts> {
  const { settings } = policy;
  const { sender, client } = question;
  const ask = <T>(needed: boolean, lookup: () => Promise<T>): Promise<Fact<T>> =>
    needed ? askInTime(sources, lookup) : Promise.resolve(unknown("not-asked"));
  const named = sender !== null && !isLiteral(sender.domain);

  const [login, popGrant, senderDomainHosted, senderAddressExists, privilegedUse] = await Promise.all([
    gatherLogin(sources, policy, question),
    ask(settings.popBeforeSmtp.enabled, () => findGrant(sources, client, settings.popBeforeSmtp.ipv6Prefix)),
    named
      ? ask(settings.localSenders.enabled || question.login.state === "in", () =>
          hosted(sources.directory, sender),
        )
      : known(false),
    named
      ? ask(settings.localSenders.enabled && settings.localSenders.match === "address", () =>
          sources.directory.exists(sender),
        )
      : known(false),
    ask(settings.privileged.enabled && policy.hasCaps, () => sources.usage.privilegedToday(question.now)),
  ]);
  const [senderBelongsToGrant, quotas] = await Promise.all([
    gatherGrantSender(sources, popGrant, sender),
    gatherQuotas(sources, subjectsOf(policy, question, popGrant), question.now),
  ]);
  return {
    ...question,
    login,
    senderDomainHosted,
    senderAddressExists,
    popGrant,
    senderBelongsToGrant,
    privilegedUse,
    quotas,
  };
}

/** Everybody who may come to answer for the transaction and can be bounded. */
function subjectsOf(
  { settings, privileged }: CompiledPolicy,
  { login, client }: SenderQuestion,
  popGrant: Fact<PopGrant | undefined>,
): string[] {
  const subjects: string[] = [];
  if (login.state === "in") subjects.push(`account:${login.account}`);
  if (settings.popBeforeSmtp.enabled && (!popGrant.known || popGrant.value)) {
    const [account, ...others] = popGrant.known ? (popGrant.value?.accounts ?? []) : [];
    subjects.push(`grant:${client.text}`);
    if (account !== undefined && others.length === 0) subjects.push(`account:${account}`);
  }
  if (settings.privileged.enabled)
    for (const { id } of privileged.find(client)) subjects.push(`privileged:${id}`);
  return subjects;
}

/** Asks for limits and use; nobody to be bounded is an answer too. */
export function gatherQuotas(
  sources: FactSources,
  subjects: readonly string[],
  now: Instant,
): Promise<RelayFacts["quotas"]> | RelayFacts["quotas"] {
  return subjects.length === 0 ? NO_QUOTAS : askInTime(sources, () => sources.usage.quotas(subjects, now));
}

const NO_QUOTAS: RelayFacts["quotas"] = known(new Map());

/** Whether the account that may answer for the transaction has never sent to the address; asked only where a limit goes by it. */
export function gatherFirstTime(
  sources: FactSources,
  quotas: RelayFacts["quotas"],
  recipient: string,
): Promise<Fact<boolean>> | Fact<boolean> {
  if (!quotas.known) return unknown("not-asked");
  for (const [subject, each] of quotas.value) {
    const bound = each.some(({ limits }) => limits.firstTimePerDay !== undefined);
    if (bound && subject.startsWith("account:"))
      return askInTime(sources, () => sources.usage.isFirstTime(subject.slice("account:".length), recipient));
  }
  return unknown("not-asked");
}

function hosted(directory: Directory, address: EmailAddress): Promise<boolean> {
  return isLiteral(address.domain) ? Promise.resolve(false) : directory.isHosted(address.domain);
}

async function gatherLogin(
  sources: FactSources,
  policy: CompiledPolicy,
  { login, sender }: SenderQuestion,
): Promise<LoginFacts> {
  if (login.state !== "in") return { state: login.state };
  const { account } = login;
  const scopeMatters = policy.settings.senders.mustBelongTo !== "any" && sender !== null;
  const [suspended, senderRight] = await Promise.all([
    // An account that has been removed since it logged in may do as little as a suspended one.
    askInTime(sources, async () => (await sources.directory.account(account))?.suspended ?? true),
    scopeMatters
      ? askInTime(sources, () => sources.directory.senderRight(account, sender))
      : unknown("not-asked"),
  ]);
  return { state: "in", account, suspended, senderRight };
}

/**
 * The client's grant with those of its accounts that may send. Other programs write grants too, and know of no suspension:
 * one whose accounts are all suspended or gone is none.
 */
async function findGrant(
  { grants, directory }: FactSources,
  client: IpAddress,
  ipv6Prefix: 64 | 128,
): Promise<PopGrant | undefined> {
  const grant = await grants.find(client, ipv6Prefix);
  if (!grant || grant.accounts.length === 0) return grant;
  const known = await Promise.all(grant.accounts.map((name) => directory.account(name)));
  const accounts = grant.accounts.filter((_, index) => known[index]?.suspended === false);
  return accounts.length === 0 ? undefined : { ...grant, accounts };
}

/** Whether the sender is an address of one of the accounts that logged in by POP. */
async function gatherGrantSender(
  sources: FactSources,
  grant: Fact<PopGrant | undefined>,
  sender: ReversePath,
): Promise<Fact<boolean>> {
  if (!grant.known || !grant.value || grant.value.accounts.length === 0 || sender === null)
    return unknown("not-asked");
  const { accounts } = grant.value;
  return askInTime(sources, async () => {
    const rights = await Promise.all(
      accounts.map((account) => sources.directory.senderRight(account, sender)),
    );
    return rights.includes("own");
  });
}

/** This server as an address: the domain that stands for it, and the literals that name it. */
export interface OwnAddresses {
  readonly domain: Domain;
  /** `[192.0.2.1]`, lower case: the addresses that the listeners have. */
  readonly literals: ReadonlySet<string>;
}

/** Asks where a recipient leads. A literal leads nowhere here unless the policy takes it for this server's own (SPEC R-1). */
export function gatherResolution(
  sources: FactSources,
  policy: CompiledPolicy,
  recipient: EmailAddress | "postmaster",
  own: OwnAddresses,
): Promise<Fact<Resolution>> {
  if (recipient === "postmaster") return askInTime(sources, () => sources.directory.postmaster());
  const address = recipient;
  const ours =
    isLiteral(address.domain) && policy.settings.acceptAddressLiterals && own.literals.has(address.domain);
  return askInTime(sources, () =>
    sources.directory.resolve(ours ? { ...address, domain: own.domain } : address),
  );
}

/** Turns a failing or late answer into an unknown fact. The cause is for the journal; the client only learns 451. */
async function askInTime<T>(sources: FactSources, lookup: () => Promise<T>): Promise<Fact<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Fact<T>>((resolve) => {
    timer = setTimeout(() => resolve(unknown("timeout")), sources.lookupTimeoutMs);
  });
  try {
    return await Promise.race([lookup().then(known), late]);
  } catch (error) {
    sources.onLookupFailure(error);
    return unknown("unavailable");
  } finally {
    clearTimeout(timer);
  }
}
