import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { Account, Credentials } from "../../ports/directory.ts";
import type {
  DirectoryLists,
  DirectoryLookup,
  DirectoryTables,
  Recipient,
} from "../../ports/directory-rules/directory-tables.ts";
import { bytes, flag, integer, oneOf, optionalText, type Stored, text } from "./columns.ts";
import { arrays } from "./statements.ts";

const KINDS: readonly Recipient["kind"][] = ["address", "group"];

/** The directory's tables on the writing connection, for the rules of the directory. */
export function sqliteDirectoryTables(db: DatabaseSync): DirectoryTables {
  return { ...directoryQuestions(db), ...leads(db), ...changes(db) };
}

/** What can be asked of the directory's tables, on any connection. */
export function directoryQuestions(db: DatabaseSync): DirectoryLookup & DirectoryLists {
  return { ...lookups(db), ...lists(db) };
}

function lookups(db: DatabaseSync): DirectoryLookup {
  const domain = arrays(db, "SELECT postoffice, catch_all FROM domain WHERE name = ?");
  const mailbox = arrays(db, "SELECT 1 FROM mailbox WHERE key = ?");
  const account = arrays(
    db,
    `SELECT mailbox.key, domain.postoffice, mailbox.suspended, argon2id, scram_salt, scram_iterations,
       scram_stored_key, scram_server_key
     FROM mailbox JOIN domain ON domain.name = mailbox.domain WHERE mailbox.key = ?`,
  );
  const recipient = arrays(db, "SELECT kind FROM recipient WHERE address = ?");
  const targets = arrays(db, "SELECT target FROM recipient_target WHERE address = ? ORDER BY number");
  const firstOfPostoffice = arrays(
    db,
    `SELECT mailbox.key FROM mailbox JOIN domain ON domain.name = mailbox.domain
     WHERE domain.postoffice = ? ORDER BY mailbox.number LIMIT 1`,
  );
  const first = arrays(db, "SELECT key FROM mailbox ORDER BY number LIMIT 1");
  return {
    domain(name) {
      const row = domain.get(name);
      if (!row) return undefined;
      const catchAll = optionalText(row[1]);
      return { postoffice: text(row[0]), ...(catchAll === undefined ? {} : { catchAll }) };
    },
    hasMailbox: (key) => mailbox.get(key) !== undefined,
    account(key) {
      const row = account.get(key);
      return row && accountFrom(row);
    },
    recipient(key) {
      const row = recipient.get(key);
      return row && { kind: oneOf(KINDS, row[0]), targets: targets.all(key).map(([target]) => text(target)) };
    },
    firstMailbox(postoffice) {
      const row = postoffice === undefined ? first.get() : firstOfPostoffice.get(postoffice);
      return row && text(row[0]);
    },
  };
}

function lists(db: DatabaseSync): DirectoryLists {
  const postoffices = arrays(
    db,
    `SELECT name, (SELECT count(*) FROM domain WHERE postoffice = postoffice.name),
       (SELECT count(*) FROM domain JOIN mailbox ON mailbox.domain = domain.name
        WHERE domain.postoffice = postoffice.name)
     FROM postoffice ORDER BY name`,
  );
  const domains = arrays(
    db,
    `SELECT name, postoffice, catch_all, (SELECT count(*) FROM mailbox WHERE domain = domain.name),
       (SELECT count(*) FROM recipient WHERE domain = domain.name)
     FROM domain ORDER BY name`,
  );
  const mailboxes = arrays(
    db,
    `SELECT key, domain.postoffice, suspended, argon2id IS NOT NULL
     FROM mailbox JOIN domain ON domain.name = mailbox.domain ORDER BY key`,
  );
  const recipients = arrays(
    db,
    `SELECT recipient.address, target FROM recipient
     LEFT JOIN recipient_target ON recipient_target.address = recipient.address
     WHERE kind = ? ORDER BY recipient.address, recipient_target.number`,
  );
  const administrators = arrays(db, "SELECT name FROM administrator ORDER BY name");
  return {
    postoffices: () =>
      postoffices.all().map((row) => ({
        name: text(row[0]),
        domains: integer(row[1]),
        mailboxes: integer(row[2]),
      })),
    domains: () =>
      domains.all().map((row) => {
        const catchAll = optionalText(row[2]);
        return {
          domain: text(row[0]),
          postoffice: text(row[1]),
          mailboxes: integer(row[3]),
          addresses: integer(row[4]),
          ...(catchAll === undefined ? {} : { catchAll }),
        };
      }),
    mailboxes: () =>
      mailboxes.all().map((row) => ({
        mailbox: text(row[0]),
        postoffice: text(row[1]),
        suspended: flag(row[2]),
        hasPassword: flag(row[3]),
      })),
    recipients: (kind) => withTargets(recipients.all(kind)),
    administrators: () => administrators.all().map(([name]) => text(name)),
  };
}

function withTargets(rows: readonly (readonly Stored[])[]): { name: string; targets: string[] }[] {
  const found = new Map<string, string[]>();
  for (const [nameValue, targetValue] of rows) {
    const name = text(nameValue);
    const target = optionalText(targetValue);
    const targets = found.get(name) ?? [];
    if (target !== undefined) targets.push(target);
    found.set(name, targets);
  }
  return Array.from(found, ([name, targets]) => ({ name, targets }));
}

function accountFrom(row: readonly Stored[]): Account {
  const argon2id = optionalText(row[3]);
  const account = { key: text(row[0]), postoffice: text(row[1]), suspended: flag(row[2]) };
  if (argon2id === undefined) return account;
  const scramSha256 = {
    salt: bytes(row[4]),
    iterations: integer(row[5]),
    storedKey: bytes(row[6]),
    serverKey: bytes(row[7]),
  };
  return { ...account, credentials: { argon2id, scramSha256 } };
}

function leads(db: DatabaseSync): Pick<DirectoryTables, "leadsTo"> {
  const byTarget = arrays(db, "SELECT address FROM recipient_target WHERE target_key = ? LIMIT 1");
  // No index: there are few domains, and this is asked only before something is removed.
  const byCatchAll = arrays(db, "SELECT '@' || name FROM domain WHERE catch_all = ? COLLATE NOCASE LIMIT 1");
  return {
    leadsTo(key) {
      const row = byTarget.get(key) ?? byCatchAll.get(key);
      return row && text(row[0]);
    },
  };
}

type Changes = Omit<DirectoryTables, keyof DirectoryLookup | keyof DirectoryLists | "leadsTo">;

function changes(db: DatabaseSync): Changes {
  const change = (sql: string) => {
    const statement = db.prepare(sql);
    return (...values: readonly SQLInputValue[]) => void statement.run(...values);
  };
  const setCatchAll = change("UPDATE domain SET catch_all = ? WHERE name = ?");
  const insertMailbox = change("INSERT INTO mailbox (key, domain) VALUES (?, ?)");
  const setCredentials = change(
    `UPDATE mailbox SET argon2id = ?, scram_salt = ?, scram_iterations = ?, scram_stored_key = ?,
       scram_server_key = ? WHERE key = ?`,
  );
  const setSuspended = change("UPDATE mailbox SET suspended = ? WHERE key = ?");
  const deleteTargets = change("DELETE FROM recipient_target WHERE address = ?");
  const deleteRecipient = change("DELETE FROM recipient WHERE address = ?");
  const setPassword = change("UPDATE administrator SET argon2id = ? WHERE name = ?");
  function keepCredentials(key: string, { argon2id, scramSha256 }: Credentials): void {
    const { salt, iterations, storedKey, serverKey } = scramSha256;
    setCredentials(argon2id, salt, iterations, storedKey, serverKey, key);
  }
  return {
    insertPostoffice: change("INSERT INTO postoffice (name) VALUES (?)"),
    deletePostoffice: change("DELETE FROM postoffice WHERE name = ?"),
    insertDomain: change("INSERT INTO domain (name, postoffice) VALUES (?, ?)"),
    deleteDomain: change("DELETE FROM domain WHERE name = ?"),
    setCatchAll: (domain, to) => setCatchAll(to ?? null, domain),
    insertMailbox(key, domain, credentials) {
      insertMailbox(key, domain);
      if (credentials) keepCredentials(key, credentials);
    },
    setCredentials: keepCredentials,
    setSuspended: (key, suspended) => setSuspended(suspended ? 1 : 0, key),
    deleteMailbox: change("DELETE FROM mailbox WHERE key = ?"),
    insertRecipient: change("INSERT INTO recipient (address, domain, kind) VALUES (?, ?, ?)"),
    deleteRecipient(key) {
      deleteTargets(key);
      deleteRecipient(key);
    },
    insertTarget: change("INSERT INTO recipient_target (address, target_key, target) VALUES (?, ?, ?)"),
    deleteTarget: change("DELETE FROM recipient_target WHERE address = ? AND target_key = ?"),
    insertAdministrator: change("INSERT INTO administrator (name, argon2id) VALUES (?, ?)"),
    setAdministratorPassword: (name, argon2id) => setPassword(argon2id, name),
    deleteAdministrator: change("DELETE FROM administrator WHERE name = ?"),
  };
}
