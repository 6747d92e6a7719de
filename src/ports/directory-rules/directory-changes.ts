import { addressKey, type EmailAddress, formatAddress } from "../../core/email-address.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Credentials } from "../directory.ts";
import {
  checkAdministratorName,
  checkLocalPart,
  checkMailboxName,
  checkPostofficeName,
} from "./check-names.ts";
import type { DirectoryTables } from "./directory-tables.ts";
import { findEntry, MAX_TARGETS } from "./resolve-address.ts";

/** The arguments of each change. */
export interface DirectoryChangeArguments {
  addPostoffice: { name: string };
  removePostoffice: { name: string };
  addDomain: { domain: string; postoffice: string };
  removeDomain: { domain: string };
  setCatchAll: { domain: string; to: EmailAddress | undefined };
  addMailbox: { address: EmailAddress; credentials: Credentials | undefined };
  setCredentials: { mailbox: string; credentials: Credentials };
  setSuspended: { mailbox: string; suspended: boolean };
  removeMailbox: { mailbox: string };
  addAddress: { address: EmailAddress; to: EmailAddress };
  removeAddress: { address: EmailAddress };
  addGroup: { address: EmailAddress; members: readonly EmailAddress[] };
  addMember: { group: EmailAddress; member: EmailAddress };
  removeMember: { group: EmailAddress; member: EmailAddress };
  removeGroup: { group: EmailAddress };
  addAdministrator: { name: string; argon2id: string };
  setAdministratorPassword: { name: string; argon2id: string };
  removeAdministrator: { name: string };
}

/** The changes that an administrator makes, by name; a refusal is a sentence for a person. */
export type DirectoryChanges = {
  readonly [Name in keyof DirectoryChangeArguments]: (input: DirectoryChangeArguments[Name]) => Result<void>;
};

const DONE: Result<void> = ok(undefined);

/** The rules of the directory over any tables. Each change is to run in one transaction; a refused one changes nothing. */
export function directoryChanges(tables: DirectoryTables): DirectoryChanges {
  return {
    ...postofficeChanges(tables),
    ...mailboxChanges(tables),
    ...addressChanges(tables),
    ...groupChanges(tables),
    ...administratorChanges(tables),
  };
}

type Changes<Name extends keyof DirectoryChanges> = Pick<DirectoryChanges, Name>;

function postofficeChanges(
  tables: DirectoryTables,
): Changes<"addPostoffice" | "removePostoffice" | "addDomain" | "removeDomain" | "setCatchAll"> {
  const find = (name: string) => tables.postoffices().find((postoffice) => postoffice.name === name);
  return {
    addPostoffice({ name }) {
      const checked = checkPostofficeName(name);
      if (!checked.ok) return checked;
      if (find(name)) return err(`there is already a post office "${name}"`);
      tables.insertPostoffice(name);
      return DONE;
    },
    removePostoffice({ name }) {
      const found = find(name);
      if (!found) return err(noPostoffice(name));
      if (found.domains > 0) {
        return err(`post office "${name}" still has ${count(found.domains, "domain")}; remove them first`);
      }
      tables.deletePostoffice(name);
      return DONE;
    },
    addDomain({ domain, postoffice }) {
      if (!find(postoffice)) return err(noPostoffice(postoffice));
      const hosted = tables.domain(domain);
      if (hosted) return err(`${domain} is already hosted, in post office "${hosted.postoffice}"`);
      tables.insertDomain(domain, postoffice);
      return DONE;
    },
    removeDomain({ domain }) {
      const found = tables.domains().find((hosted) => hosted.domain === domain);
      if (!found) return err(notHosted(domain));
      if (found.mailboxes + found.addresses > 0) {
        return err(
          `${domain} still has ${count(found.mailboxes, "mailbox", "mailboxes")} and ` +
            `${count(found.addresses, "address or group", "addresses and groups")}; remove them first`,
        );
      }
      tables.deleteDomain(domain);
      return DONE;
    },
    setCatchAll({ domain, to }) {
      if (!tables.domain(domain)) return err(notHosted(domain));
      const target = to ? checkTarget(tables, to) : DONE;
      if (!target.ok) return target;
      tables.setCatchAll(domain, to && formatAddress(to));
      return DONE;
    },
  };
}

function mailboxChanges(
  tables: DirectoryTables,
): Changes<"addMailbox" | "setCredentials" | "setSuspended" | "removeMailbox"> {
  function change(mailbox: string, apply: (key: string) => void): Result<void> {
    const key = mailbox.toLowerCase();
    if (!tables.hasMailbox(key)) return err(`there is no mailbox ${mailbox}`);
    apply(key);
    return DONE;
  }
  return {
    addMailbox({ address, credentials }) {
      const free = checkFree(tables, address);
      if (!free.ok) return free;
      const name = checkMailboxName(address);
      if (!name.ok) return name;
      tables.insertMailbox(addressKey(address), address.domain, credentials);
      return DONE;
    },
    setCredentials: ({ mailbox, credentials }) =>
      change(mailbox, (key) => tables.setCredentials(key, credentials)),
    setSuspended: ({ mailbox, suspended }) => change(mailbox, (key) => tables.setSuspended(key, suspended)),
    removeMailbox({ mailbox }) {
      const used = checkUnused(tables, mailbox.toLowerCase());
      return used.ok ? change(mailbox, (key) => tables.deleteMailbox(key)) : used;
    },
  };
}

function addressChanges(tables: DirectoryTables): Changes<"addAddress" | "removeAddress"> {
  return {
    addAddress({ address, to }) {
      const free = checkFree(tables, address);
      if (!free.ok) return free;
      const target = checkTarget(tables, to);
      if (!target.ok) return target;
      const key = addressKey(address);
      tables.insertRecipient(key, address.domain, "address");
      tables.insertTarget(key, addressKey(to), formatAddress(to));
      return DONE;
    },
    removeAddress: ({ address }) => removeRecipient(tables, address, "address"),
  };
}

function groupChanges(
  tables: DirectoryTables,
): Changes<"addGroup" | "addMember" | "removeMember" | "removeGroup"> {
  return {
    addGroup({ address, members }) {
      const free = checkFree(tables, address);
      if (!free.ok) return free;
      const unique = new Map(members.map((member) => [addressKey(member), member]));
      if (unique.size > MAX_TARGETS) return err(tooManyMembers(address));
      for (const member of unique.values()) {
        const target = checkTarget(tables, member);
        if (!target.ok) return target;
      }
      const key = addressKey(address);
      tables.insertRecipient(key, address.domain, "group");
      for (const [memberKey, member] of unique) tables.insertTarget(key, memberKey, formatAddress(member));
      return DONE;
    },
    addMember({ group, member }) {
      const members = membersOf(tables, group);
      if (!members) return err(noGroup(group));
      const memberKey = addressKey(member);
      if (members.has(memberKey)) return err(`${formatAddress(member)} is already a member`);
      if (members.size >= MAX_TARGETS) return err(tooManyMembers(group));
      if (memberKey === addressKey(group)) return err("a group cannot be its own member");
      const target = checkTarget(tables, member);
      if (!target.ok) return target;
      tables.insertTarget(addressKey(group), memberKey, formatAddress(member));
      return DONE;
    },
    removeMember({ group, member }) {
      const members = membersOf(tables, group);
      if (!members) return err(noGroup(group));
      if (!members.has(addressKey(member))) return err(`${formatAddress(member)} is not a member`);
      tables.deleteTarget(addressKey(group), addressKey(member));
      return DONE;
    },
    removeGroup: ({ group }) => removeRecipient(tables, group, "group"),
  };
}

function administratorChanges(
  tables: DirectoryTables,
): Changes<"addAdministrator" | "setAdministratorPassword" | "removeAdministrator"> {
  const exists = (name: string) => tables.administrators().includes(name);
  return {
    addAdministrator({ name, argon2id }) {
      const checked = checkAdministratorName(name);
      if (!checked.ok) return checked;
      if (exists(name)) return err(`there is already an administrator "${name}"`);
      tables.insertAdministrator(name, argon2id);
      return DONE;
    },
    setAdministratorPassword({ name, argon2id }) {
      if (!exists(name)) return err(`there is no administrator "${name}"`);
      tables.setAdministratorPassword(name, argon2id);
      return DONE;
    },
    removeAdministrator({ name }) {
      if (!exists(name)) return err(`there is no administrator "${name}"`);
      if (tables.administrators().length === 1) {
        return err(`"${name}" is the last administrator; add another one first`);
      }
      tables.deleteAdministrator(name);
      return DONE;
    },
  };
}

/** A new name must be in a domain hosted here, be writable by every client, and not be taken. */
function checkFree(tables: DirectoryTables, address: EmailAddress): Result<void> {
  const local = checkLocalPart(address);
  if (!local.ok) return local;
  if (!tables.domain(address.domain)) return err(notHosted(address.domain));
  const key = addressKey(address);
  if (tables.hasMailbox(key)) return err(`there is already a mailbox ${key}`);
  const taken = tables.recipient(key);
  return taken ? err(`${key} is already ${taken.kind === "group" ? "a group" : "an address"}`) : DONE;
}

/** A target must be writable; one in a domain hosted here must exist, so that a slip is found now and not by lost mail. */
function checkTarget(tables: DirectoryTables, target: EmailAddress): Result<void> {
  const local = checkLocalPart(target);
  if (!local.ok) return local;
  if (!tables.domain(target.domain)) return DONE;
  if (findEntry(tables, target, { catchAll: false })) return DONE;
  return err(`there is no mailbox, address or group ${formatAddress(target)}`);
}

/** A name that something leads to stays, so that no mail is lost or sent to the catch-all unnoticed. */
function checkUnused(tables: DirectoryTables, key: string): Result<void> {
  const user = tables.leadsTo(key);
  if (user === undefined) return DONE;
  const what = user.startsWith("@") ? `the catch-all of ${user.slice(1)}` : user;
  return err(`${what} leads to ${key}; change that first`);
}

function removeRecipient(
  tables: DirectoryTables,
  address: EmailAddress,
  kind: "address" | "group",
): Result<void> {
  const key = addressKey(address);
  if (tables.recipient(key)?.kind !== kind) return err(`there is no ${kind} ${key}`);
  const unused = checkUnused(tables, key);
  if (!unused.ok) return unused;
  tables.deleteRecipient(key);
  return DONE;
}

function membersOf(tables: DirectoryTables, group: EmailAddress): ReadonlySet<string> | undefined {
  const found = tables.recipient(addressKey(group));
  return found?.kind === "group" ? new Set(found.targets.map((target) => target.toLowerCase())) : undefined;
}

function noPostoffice(name: string): string {
  return `there is no post office "${name}"`;
}

function notHosted(domain: string): string {
  return `${domain} is not hosted here; add the domain first`;
}

function noGroup(group: EmailAddress): string {
  return `there is no group ${formatAddress(group)}`;
}

function tooManyMembers(group: EmailAddress): string {
  return `${formatAddress(group)} would have more than ${MAX_TARGETS} members`;
}

function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
