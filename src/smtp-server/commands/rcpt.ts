import { formatAddress } from "../../core/email-address.ts";
import { type Fact, known } from "../../core/fact.ts";
import { formatId } from "../../core/ids.ts";
import type { Instant } from "../../core/instant.ts";
import { replies, withDecisionId } from "../../core/replies.ts";
import type { Reply } from "../../core/reply.ts";
import type { JournalEntry } from "../../ports/journal.ts";
import type { Command } from "../../protocol/smtp/command.ts";
import { decide } from "../../relay/decide.ts";
import { accountBehind, type Decision, identityKey } from "../../relay/decision.ts";
import type { RelayFacts, Resolution, Target } from "../../relay/facts.ts";
import { gatherFirstTime, gatherQuotas, gatherResolution, type SenderFacts } from "../gather-facts.ts";
import type { SessionContext } from "../session-context.ts";
import type { SessionState, Step } from "../session-state.ts";
import type { Transaction } from "../transaction.ts";
import { privilegedUseSoFar, quotasSoFar } from "../use-so-far.ts";
import { factSources } from "./fact-sources.ts";

type RcptCommand = Extract<Command, { verb: "RCPT" }>;

/** RCPT TO (RFC 5321 4.1.1.3): the one place where mail is taken, relayed or refused. */
export async function rcpt(
  context: SessionContext,
  state: SessionState,
  command: RcptCommand,
): Promise<Step> {
  if (state.phase !== "mail") return { reply: replies.badSequence("Send MAIL first"), state };
  const { transaction } = state;
  // RFC 5321 4.5.3.1.10: 452, so that the client sends the rest in another transaction.
  if (transaction.recipients.length >= context.limits.maxRecipients)
    return { reply: replies.tooManyRecipients, state };

  const senderFacts = await transaction.senderFacts;
  const facts = await gatherRecipient(context, transaction, senderFacts, command);
  const decision = decide(transaction.policy, facts);
  const entry = journalEntry(context, state, facts, decision);
  if (decision.verdict === "reject" || decision.verdict === "defer") {
    return { reply: refusal(context, entry, decision), state };
  }
  const taken = {
    text: command.path.text,
    params: command.params,
    targets: targetsOf(facts),
    firstTime: facts.recipient.firstTime.known && facts.recipient.firstTime.value,
    account: accountBehind(decision.identity),
    dailyCap: decision.identity.kind === "privileged" ? decision.identity.dailyCap : undefined,
    decision: { ...entry, reply: replyText(decision.reply) },
  };
  const recipients = [...transaction.recipients, taken];
  return { reply: decision.reply, state: { ...state, transaction: { ...transaction, recipients } } };
}

async function gatherRecipient(
  context: SessionContext,
  transaction: Transaction,
  senderFacts: SenderFacts,
  { path }: RcptCommand,
): Promise<RelayFacts> {
  const resolution = await gatherResolution(
    factSources(context),
    transaction.policy,
    path.value,
    context.ownAddresses,
  );
  // A bare `<Postmaster>` has no domain; here it stands for this server's own.
  const address =
    path.value === "postmaster" ? { local: "postmaster", domain: context.hostname } : path.value;
  const quotas = await quotasFor(context, senderFacts, resolution);
  const firstTime = await gatherFirstTime(factSources(context), quotas, formatAddress(address));
  return {
    ...senderFacts,
    privilegedUse: privilegedUseSoFar(transaction, senderFacts.privilegedUse),
    quotas: quotasSoFar(transaction, quotas),
    recipient: { address, text: path.text, resolution, firstTime },
  };
}

/** The limits on the sender, and on whoever forwards this recipient's mail elsewhere (SPEC R-1). */
async function quotasFor(
  context: SessionContext,
  { quotas, now }: SenderFacts,
  resolution: Fact<Resolution>,
): Promise<RelayFacts["quotas"]> {
  if (!resolution.known || resolution.value.kind !== "local" || !quotas.known) return quotas;
  const owners = resolution.value.targets.flatMap((target) =>
    target.kind === "remote" ? [`account:${target.chargedTo}`] : [],
  );
  if (owners.length === 0) return quotas;
  const more = await gatherQuotas(factSources(context), owners, now);
  return more.known ? known(new Map([...more.value, ...quotas.value])) : more;
}

function refusal(context: SessionContext, entry: JournalEntry, decision: Decision): Reply {
  const reply = withDecisionId(decision.reply, formatId(entry.id));
  void context.journal
    .record([{ ...entry, reply: replyText(reply) }])
    .catch((error: unknown) =>
      context.log.error("journal-not-written", { decision: formatId(entry.id), detail: String(error) }),
    );
  context.log.info("refused", {
    decision: formatId(entry.id),
    reason: entry.reason,
    client: entry.client,
    sender: entry.sender,
    recipient: entry.recipient,
  });
  return reply;
}

function targetsOf({ recipient }: RelayFacts): readonly Target[] {
  const resolution: Resolution | undefined = recipient.resolution.known
    ? recipient.resolution.value
    : undefined;
  if (resolution?.kind === "local") return resolution.targets;
  return [{ kind: "remote", address: recipient.address, chargedTo: "" }];
}

function journalEntry(
  context: SessionContext,
  state: Extract<SessionState, { phase: "mail" }>,
  facts: RelayFacts,
  decision: Decision,
): JournalEntry {
  const at: Instant = facts.now;
  return {
    id: context.newDecisionId(),
    at,
    client: context.client.text,
    listener: context.listener.name,
    tls: context.tls !== undefined,
    helo: state.hello.name,
    ...(state.login.state === "in" ? { login: state.login.account } : {}),
    sender: state.transaction.senderText,
    recipient: facts.recipient.text,
    verdict: decision.verdict,
    reason: decision.reason,
    grounds: decision.grounds,
    identity: identityKey(decision.identity),
    policy: decision.policy,
    reply: "",
  };
}

function replyText({ code, status, lines }: Reply): string {
  return [code, status, ...lines].filter(Boolean).join(" ");
}
