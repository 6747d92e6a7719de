import type { Credentials } from "../../ports/directory.ts";
import type {
  DirectoryLists,
  DirectoryTables,
  HostedDomain,
  Recipient,
} from "../../ports/directory-rules/directory-tables.ts";

interface KeptMailbox {
  readonly domain: string;
  suspended: boolean;
  credentials: Credentials | undefined;
}

interface KeptRecipient {
  readonly kind: Recipient["kind"];
  readonly domain: string;
  /** Targets as written, by their key. */
  readonly targets: Map<string, string>;
}

interface Tables {
  readonly postoffices: Set<string>;
  readonly domains: Map<string, HostedDomain>;
  readonly mailboxes: Map<string, KeptMailbox>;
  readonly recipients: Map<string, KeptRecipient>;
  readonly administrators: Map<string, string>;
}

/** The directory's tables as maps. */
export function memoryDirectoryTables(): DirectoryTables {
  const tables: Tables = {
    postoffices: new Set(),
    domains: new Map(),
    mailboxes: new Map(),
    recipients: new Map(),
    administrators: new Map(),
  };
  return {
    ...lookups(tables),
    ...lists(tables),
    ...domainChanges(tables),
    ...mailboxChanges(tables),
    ...otherChanges(tables),
  };
}

function lookups(
  tables: Tables,
): Pick<DirectoryTables, "domain" | "hasMailbox" | "account" | "recipient" | "firstMailbox" | "leadsTo"> {
  const { domains, mailboxes, recipients } = tables;
  return {
    domain: (name) => domains.get(name),
    hasMailbox: (key) => mailboxes.has(key),
    account(key) {
      const mailbox = mailboxes.get(key);
      if (!mailbox) return undefined;
      const { suspended, credentials } = mailbox;
      const account = { key, postoffice: postofficeOf(tables, mailbox.domain), suspended };
      return credentials ? { ...account, credentials } : account;
    },
    recipient(key) {
      const found = recipients.get(key);
      return found && { kind: found.kind, targets: [...found.targets.values()] };
    },
    firstMailbox(postoffice) {
      for (const [key, { domain }] of mailboxes) {
        if (postoffice === undefined || postofficeOf(tables, domain) === postoffice) return key;
      }
      return undefined;
    },
    leadsTo(key) {
      for (const [name, { targets }] of recipients) if (targets.has(key)) return name;
      for (const [name, { catchAll }] of domains) if (catchAll?.toLowerCase() === key) return `@${name}`;
      return undefined;
    },
  };
}

function lists(tables: Tables): DirectoryLists {
  const { postoffices, domains, mailboxes, recipients, administrators } = tables;
  const count = <T>(values: Iterable<T>, is: (value: T) => boolean) => [...values].filter(is).length;
  return {
    postoffices: () =>
      [...postoffices].sort().map((name) => ({
        name,
        domains: count(domains.values(), ({ postoffice }) => postoffice === name),
        mailboxes: count(mailboxes.values(), ({ domain }) => postofficeOf(tables, domain) === name),
      })),
    domains: () =>
      sorted(domains).map(([domain, hosted]) => ({
        domain,
        ...hosted,
        mailboxes: count(mailboxes.values(), (mailbox) => mailbox.domain === domain),
        addresses: count(recipients.values(), (recipient) => recipient.domain === domain),
      })),
    mailboxes: () =>
      sorted(mailboxes).map(([mailbox, { domain, suspended, credentials }]) => ({
        mailbox,
        postoffice: postofficeOf(tables, domain),
        suspended,
        hasPassword: credentials !== undefined,
      })),
    recipients: (kind) =>
      sorted(recipients)
        .filter(([, recipient]) => recipient.kind === kind)
        .map(([name, { targets }]) => ({ name, targets: [...targets.values()] })),
    administrators: () => [...administrators.keys()].sort(),
  };
}

function domainChanges({
  postoffices,
  domains,
}: Tables): Pick<
  DirectoryTables,
  "insertPostoffice" | "deletePostoffice" | "insertDomain" | "deleteDomain" | "setCatchAll"
> {
  return {
    insertPostoffice: (name) => void postoffices.add(name),
    deletePostoffice: (name) => void postoffices.delete(name),
    insertDomain: (name, postoffice) => void domains.set(name, { postoffice }),
    deleteDomain: (name) => void domains.delete(name),
    setCatchAll(name, catchAll) {
      const hosted = domains.get(name);
      if (!hosted) return;
      const { postoffice } = hosted;
      domains.set(name, catchAll === undefined ? { postoffice } : { postoffice, catchAll });
    },
  };
}

function mailboxChanges({
  mailboxes,
}: Tables): Pick<DirectoryTables, "insertMailbox" | "setCredentials" | "setSuspended" | "deleteMailbox"> {
  function change(key: string, apply: (mailbox: KeptMailbox) => void): void {
    const mailbox = mailboxes.get(key);
    if (mailbox) apply(mailbox);
  }
  return {
    insertMailbox: (key, domain, credentials) =>
      void mailboxes.set(key, { domain, suspended: false, credentials }),
    setCredentials: (key, credentials) =>
      change(key, (mailbox) => {
        mailbox.credentials = credentials;
      }),
    setSuspended: (key, suspended) =>
      change(key, (mailbox) => {
        mailbox.suspended = suspended;
      }),
    deleteMailbox: (key) => void mailboxes.delete(key),
  };
}

function otherChanges({
  recipients,
  administrators,
}: Tables): Pick<
  DirectoryTables,
  | "insertRecipient"
  | "deleteRecipient"
  | "insertTarget"
  | "deleteTarget"
  | "insertAdministrator"
  | "setAdministratorPassword"
  | "deleteAdministrator"
> {
  return {
    insertRecipient: (key, domain, kind) => void recipients.set(key, { kind, domain, targets: new Map() }),
    deleteRecipient: (key) => void recipients.delete(key),
    insertTarget: (key, targetKey, target) => void recipients.get(key)?.targets.set(targetKey, target),
    deleteTarget: (key, targetKey) => void recipients.get(key)?.targets.delete(targetKey),
    insertAdministrator: (name, argon2id) => void administrators.set(name, argon2id),
    setAdministratorPassword: (name, argon2id) => void administrators.set(name, argon2id),
    deleteAdministrator: (name) => void administrators.delete(name),
  };
}

function postofficeOf({ domains }: Tables, domain: string): string {
  return domains.get(domain)?.postoffice ?? "";
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
