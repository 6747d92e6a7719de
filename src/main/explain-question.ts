import type { ExplainQuestion } from "../admin/admin-context.ts";
import { isSmtpListener, type ServerConfig } from "../config/server-config.ts";
import { formatAddress } from "../core/email-address.ts";
import type { Clock } from "../core/instant.ts";
import { err, ok, type Result } from "../core/result.ts";
import { parsePath } from "../protocol/smtp/address-grammar.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";
import { type Explanation, explain } from "../relay/explain.ts";
import {
  type FactSources,
  gatherFirstTime,
  gatherResolution,
  gatherSenderFacts,
} from "../smtp-server/gather-facts.ts";
import { ownAddresses } from "./own-addresses.ts";

/** What answering a question needs: the very sources that live mail has. */
export interface ExplainParts {
  readonly sources: FactSources;
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly policy: () => CompiledPolicy;
}

/** Answers what the server would say to a transaction that may never have been, with the facts as they are now. */
export async function explainQuestion(
  parts: ExplainParts,
  question: ExplainQuestion,
): Promise<Result<Explanation>> {
  const { config, sources } = parts;
  const listeners = config.listeners.filter(isSmtpListener);
  const listener = listeners.find(({ name }) => name === question.listener);
  if (!listener) {
    const names = listeners.map(({ name }) => name).join(", ");
    return err(`there is no SMTP listener "${question.listener}"; postern.toml has: ${names}`);
  }
  const sender = parsePath(`<${question.sender}>`, { utf8: true });
  if (!sender.ok) return err(`the sender "${question.sender}" is no address: ${sender.error}`);
  const recipient = parsePath(`<${question.recipient}>`, { utf8: true });
  if (!recipient.ok) return err(`the recipient "${question.recipient}" is no address: ${recipient.error}`);
  const own = ownAddresses(config);
  const { value: to } = recipient.value;
  if (to === null) return err("the null path is no recipient");
  if (sender.value.value === "postmaster") return err("the sender needs a domain");

  const tls = question.tls || listener.protocol === "submissions";
  const policy = parts.policy();
  const senderFacts = await gatherSenderFacts(sources, policy, {
    now: parts.clock(),
    client: question.client,
    clientIsProxy: false,
    listener: {
      name: listener.name,
      auth: listener.auth,
      allowCleartextAuth: listener.allowCleartextAuth,
      offersStartTls: !tls && config.tls !== undefined,
    },
    tls,
    login:
      question.login === undefined
        ? { state: "none" }
        : { state: "in", account: question.login.toLowerCase() },
    sender: sender.value.value,
  });
  const resolution = await gatherResolution(sources, policy, to, own);
  const address = to === "postmaster" ? { local: "postmaster", domain: own.domain } : to;
  const { text } = recipient.value;
  const firstTime = await gatherFirstTime(sources, senderFacts.quotas, formatAddress(address));
  return ok(explain(policy, { ...senderFacts, recipient: { address, text, resolution, firstTime } }));
}
