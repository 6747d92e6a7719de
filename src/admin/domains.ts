import { Type } from "typebox";
import type { Domain } from "../core/domain.ts";
import { formatAddress } from "../core/email-address.ts";
import { ok, type Result } from "../core/result.ts";
import type { DirectoryAdmin } from "../ports/directory.ts";
import { AddressText, DomainText, NameText, NoInput } from "./input-types.ts";
import { nameKey, outputOf, readAddress, readDomain } from "./read-input.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const Input = Type.Object({ domain: DomainText });

/** Hosts a domain: from now on mail for it is delivered here. */
export const domainAdd = defineUseCase({
  name: "domain.add",
  summary: "Host a domain: mail for it is delivered here",
  input: Type.Object({ domain: DomainText, postoffice: Type.Optional(NameText) }),
  changes: true,
  async run({ directory }, input) {
    const domain = readDomain("domain", input.domain);
    if (!domain.ok) return domain;
    const postoffice = await choosePostoffice(directory, input.postoffice);
    if (!postoffice.ok) return postoffice;
    const output = { domain: domain.value, postoffice: postoffice.value };
    return outputOf(await directory.addDomain(domain.value, postoffice.value), output);
  },
});

/** The post office that was named; where none was and there is only one, that one. */
async function choosePostoffice(
  directory: DirectoryAdmin,
  name: string | undefined,
): Promise<Result<string, Refusal>> {
  if (name !== undefined) return ok(nameKey(name));
  const postoffices = await directory.listPostoffices();
  const [only] = postoffices;
  if (only && postoffices.length === 1) return ok(only.name);
  return postoffices.length === 0
    ? refuse("refused", "there is no post office yet; make one first: postoffice add NAME")
    : refuse("refused", `say which post office: ${postoffices.map((each) => each.name).join(", ")}`);
}

/** All hosted domains. */
export const domainList = defineUseCase({
  name: "domain.list",
  summary: "List the hosted domains",
  input: NoInput,
  changes: false,
  async run({ directory }) {
    return ok(await directory.listDomains());
  },
});

/** One domain with everything that mail for it can go to. */
export const domainShow = defineUseCase({
  name: "domain.show",
  summary: "Show a domain with its mailboxes, addresses and groups",
  input: Input,
  changes: false,
  async run({ directory }, input) {
    const domain = readDomain("domain", input.domain);
    if (!domain.ok) return domain;
    const row = (await directory.listDomains()).find((each) => each.domain === domain.value);
    if (!row) return refuse("not-found", notHosted(domain.value));
    const isHere = (address: string): boolean => address.endsWith(`@${domain.value}`);
    const mailboxes = (await directory.listMailboxes()).filter(({ mailbox }) => isHere(mailbox));
    const addresses = (await directory.listAddresses()).filter(({ address }) => isHere(address));
    const groups = (await directory.listGroups()).filter(({ group }) => isHere(group));
    return ok({
      domain: row.domain,
      postoffice: row.postoffice,
      ...(row.catchAll === undefined ? {} : { catchAll: row.catchAll }),
      mailboxes: mailboxes.map(({ mailbox }) => mailbox),
      addresses,
      groups,
    });
  },
});

function notHosted(domain: Domain): string {
  return `${domain} is not hosted here; domain list shows which domains are`;
}

/** Stops hosting a domain that has nothing in it any more. */
export const domainRemove = defineUseCase({
  name: "domain.remove",
  summary: "Stop hosting a domain that has no mailboxes, addresses or groups",
  input: Input,
  changes: true,
  async run({ directory }, input) {
    const domain = readDomain("domain", input.domain);
    if (!domain.ok) return domain;
    return outputOf(await directory.removeDomain(domain.value), { removed: domain.value });
  },
});

/** Where mail for unknown names of a domain goes; absent: nowhere, it is refused. */
interface CatchAll {
  readonly domain: string;
  readonly catchAll?: string;
}

/** Says where mail for unknown names of a domain goes; without `to`, such mail is refused again. */
export const domainSetCatchAll = defineUseCase({
  name: "domain.set-catch-all",
  summary: "Say where mail for unknown names of a domain goes",
  input: Type.Object({ domain: DomainText, to: Type.Optional(AddressText) }),
  changes: true,
  async run({ directory }, input) {
    const domain = readDomain("domain", input.domain);
    if (!domain.ok) return domain;
    const to = input.to === undefined ? ok(undefined) : readAddress("to", input.to);
    if (!to.ok) return to;
    const output: CatchAll = {
      domain: domain.value,
      ...(to.value === undefined ? {} : { catchAll: formatAddress(to.value) }),
    };
    return outputOf(await directory.setCatchAll(domain.value, to.value), output);
  },
});
