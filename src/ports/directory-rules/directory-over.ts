import { addressKey, parseAddress } from "../../core/email-address.ts";
import type { Result } from "../../core/result.ts";
import type { DirectoryAdmin } from "../directory.ts";
import type { DirectoryChangeArguments } from "./directory-changes.ts";
import type { DirectoryLists, DirectoryLookup } from "./directory-tables.ts";
import { resolveAddress, resolvePostmaster, senderRightOf } from "./resolve-address.ts";

/** How the directory reaches its tables. */
export interface DirectoryAccess {
  /** Answers a question from one state of the tables; what it throws is the answer's rejection. */
  ask<Answer>(question: (tables: DirectoryLookup & DirectoryLists) => Answer): Answer;
  /** Has a change of `directoryChanges` made; resolves when it is kept. */
  change<Name extends keyof DirectoryChangeArguments>(
    name: Name,
    input: DirectoryChangeArguments[Name],
  ): Promise<Result<void>>;
}

/** The directory over any tables: what it answers and refuses is the same wherever they are kept. */
export function directoryOver({ ask, change }: DirectoryAccess): DirectoryAdmin {
  return {
    isHosted: async (domain) => ask((tables) => tables.domain(domain) !== undefined),
    resolve: async (address) => ask((tables) => resolveAddress(tables, address, { catchAll: true })),
    postmaster: async () => ask(resolvePostmaster),
    exists: async (address) =>
      ask((tables) => resolveAddress(tables, address, { catchAll: false }).kind === "local"),
    async account(login) {
      const address = parseAddress(login);
      return address && ask((tables) => tables.account(addressKey(address)));
    },
    senderRight: async (account, address) => ask((tables) => senderRightOf(tables, account, address)),

    addPostoffice: (name) => change("addPostoffice", { name }),
    listPostoffices: async () => ask((tables) => tables.postoffices()),
    removePostoffice: (name) => change("removePostoffice", { name }),

    addDomain: (domain, postoffice) => change("addDomain", { domain, postoffice }),
    listDomains: async () => ask((tables) => tables.domains()),
    removeDomain: (domain) => change("removeDomain", { domain }),
    setCatchAll: (domain, to) => change("setCatchAll", { domain, to }),

    addMailbox: (address, credentials) => change("addMailbox", { address, credentials }),
    listMailboxes: async () => ask((tables) => tables.mailboxes()),
    setCredentials: (mailbox, credentials) => change("setCredentials", { mailbox, credentials }),
    setSuspended: (mailbox, suspended) => change("setSuspended", { mailbox, suspended }),
    removeMailbox: (mailbox) => change("removeMailbox", { mailbox }),

    addAddress: (address, to) => change("addAddress", { address, to }),
    listAddresses: async () =>
      ask((tables) =>
        tables.recipients("address").map(({ name, targets }) => ({ address: name, to: targets[0] ?? "" })),
      ),
    removeAddress: (address) => change("removeAddress", { address }),

    addGroup: (address, members) => change("addGroup", { address, members }),
    listGroups: async () =>
      ask((tables) =>
        tables.recipients("group").map(({ name, targets }) => ({ group: name, members: targets })),
      ),
    addMember: (group, member) => change("addMember", { group, member }),
    removeMember: (group, member) => change("removeMember", { group, member }),
    removeGroup: (group) => change("removeGroup", { group }),

    addAdministrator: (name, argon2id) => change("addAdministrator", { name, argon2id }),
    listAdministrators: async () => ask((tables) => tables.administrators().map((name) => ({ name }))),
    setAdministratorPassword: (name, argon2id) => change("setAdministratorPassword", { name, argon2id }),
    removeAdministrator: (name) => change("removeAdministrator", { name }),
  };
}
