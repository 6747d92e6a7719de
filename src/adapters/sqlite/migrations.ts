import type { DatabaseSync } from "node:sqlite";

/**
 * The steps from an empty database to the present one. Step n makes version n (`PRAGMA user_version`); a step that has
 * been released is never changed, only followed by another.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- What a message is apart from its recipients. The body has a table of its own, so that reading envelopes stays cheap.
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    accepted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    sender TEXT NOT NULL,
    size INTEGER NOT NULL,
    smtp_utf8 INTEGER NOT NULL,
    eight_bit INTEGER NOT NULL,
    ret TEXT,
    envid TEXT,
    client TEXT NOT NULL,
    listener TEXT NOT NULL,
    login TEXT,
    body_file TEXT,
    -- Between these lie the ids of its queue rows, with few others at most: this saves an index of rows by message.
    first_row INTEGER NOT NULL,
    last_row INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE body (
    message INTEGER PRIMARY KEY REFERENCES message (id),
    bytes BLOB NOT NULL
  ) STRICT;

  -- A leased row is due again when its lease ends, so due_at is that end then and leased_from the time it was due before.
  -- The message is no foreign key, since each deletion of a message would look through all rows.
  CREATE TABLE queue (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    lane TEXT NOT NULL CHECK (lane IN ('local', 'outbound')),
    recipient TEXT NOT NULL,
    target TEXT NOT NULL,
    destination TEXT NOT NULL,
    notify TEXT,
    orcpt TEXT,
    decision INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    leased_from INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    delay_warned INTEGER NOT NULL DEFAULT 0,
    last_kind TEXT,
    last_status TEXT,
    last_diagnostic TEXT,
    last_remote TEXT
  ) STRICT;
  CREATE INDEX queue_due ON queue (lane, due_at, leased_from) WHERE held = 0;
  CREATE INDEX queue_held ON queue (lane) WHERE held = 1;

  CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    message INTEGER,
    client TEXT NOT NULL,
    listener TEXT NOT NULL,
    tls INTEGER NOT NULL,
    helo TEXT NOT NULL,
    login TEXT,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    grounds TEXT NOT NULL,
    identity TEXT NOT NULL,
    policy INTEGER NOT NULL,
    reply TEXT NOT NULL
  ) STRICT;
  -- Both this index and the table grow at their ends, so a decision costs no random page. Further indexes would.
  CREATE INDEX decision_at ON decision (at);

  -- The entries of policy n are those with added_in <= n and no removed_in up to n: a snapshot costs what has changed.
  CREATE TABLE policy_version (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    settings TEXT NOT NULL
  ) STRICT;
  CREATE TABLE privileged_entry (
    id INTEGER NOT NULL,
    added_in INTEGER NOT NULL REFERENCES policy_version (number),
    removed_in INTEGER REFERENCES policy_version (number),
    fields TEXT NOT NULL,
    PRIMARY KEY (id, added_in)
  ) STRICT;
  CREATE INDEX privileged_entry_present ON privileged_entry (id) WHERE removed_in IS NULL;

  -- Recipients relayed for a privileged entry on one UTC day (days since 1970).
  CREATE TABLE privileged_use (
    day INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (day, entry)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE postoffice (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE domain (
    name TEXT PRIMARY KEY,
    postoffice TEXT NOT NULL REFERENCES postoffice (name),
    catch_all TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX domain_postoffice ON domain (postoffice);
  CREATE TABLE mailbox (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL REFERENCES domain (name),
    suspended INTEGER NOT NULL DEFAULT 0,
    argon2id TEXT,
    scram_salt BLOB,
    scram_iterations INTEGER,
    scram_stored_key BLOB,
    scram_server_key BLOB
  ) STRICT;
  CREATE INDEX mailbox_domain ON mailbox (domain);
  CREATE TABLE recipient (
    address TEXT PRIMARY KEY,
    domain TEXT NOT NULL REFERENCES domain (name),
    kind TEXT NOT NULL CHECK (kind IN ('address', 'group'))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX recipient_domain ON recipient (domain);
  CREATE TABLE recipient_target (
    number INTEGER PRIMARY KEY,
    address TEXT NOT NULL REFERENCES recipient (address),
    target_key TEXT NOT NULL,
    target TEXT NOT NULL,
    UNIQUE (address, target_key)
  ) STRICT;
  CREATE INDEX recipient_target_key ON recipient_target (target_key);
  CREATE TABLE administrator (name TEXT PRIMARY KEY, argon2id TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- A smart host wants its password in the clear, so it is stored so: the file is readable by its owner only.
  CREATE TABLE route (
    pattern TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    tls TEXT NOT NULL,
    login_user TEXT,
    login_password TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Who answers for a message without having logged in here: the account of a POP grant.
  ALTER TABLE message ADD COLUMN account TEXT;

  -- What is set for a subject, as JSON: limits, and from when on an account is contained.
  CREATE TABLE sending_rule (subject TEXT PRIMARY KEY, rules TEXT NOT NULL) STRICT, WITHOUT ROWID;
  -- One row a subject, overwritten as it sends: see UseRow. Steps, hours and days are numbered from 1970.
  CREATE TABLE sending_use (
    subject TEXT PRIMARY KEY,
    step INTEGER NOT NULL,
    step_recipients INTEGER NOT NULL,
    step_first_time INTEGER NOT NULL,
    before_recipients INTEGER NOT NULL,
    before_first_time INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    hour_messages INTEGER NOT NULL,
    hour_recipients INTEGER NOT NULL,
    day INTEGER NOT NULL,
    day_messages INTEGER NOT NULL,
    day_recipients INTEGER NOT NULL,
    day_first_time INTEGER NOT NULL,
    day_failures INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- Whom each account has sent to: a hash of both names, and when it last did (to a month).
  CREATE TABLE known_recipient (hash INTEGER PRIMARY KEY, seen_day INTEGER NOT NULL) STRICT;

  CREATE TABLE containment (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    author TEXT NOT NULL,
    released_at INTEGER,
    released_by TEXT,
    -- When sessions and grants were ended and the alert was sent; NULL: still to be done.
    followed_up_at INTEGER,
    sample TEXT NOT NULL DEFAULT '[]'
  ) STRICT;
  CREATE INDEX containment_account ON containment (account);
  CREATE INDEX containment_pending ON containment (id) WHERE followed_up_at IS NULL;
  CREATE TABLE containment_alert (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- A start asks which body files are wanted; most messages have none.
  CREATE INDEX message_body_file ON message (body_file) WHERE body_file IS NOT NULL;
  `,
  `
  -- Whose logins are not looked at for a time; the empty text stands for no network or no login.
  CREATE TABLE login_block (
    network TEXT NOT NULL,
    login TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    round INTEGER NOT NULL,
    PRIMARY KEY (network, login)
  ) STRICT, WITHOUT ROWID;
  -- From where each login was good, and when it last was.
  CREATE TABLE known_login (
    login TEXT NOT NULL,
    network TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (login, network)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE app_password (
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    ranges TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_day INTEGER,
    hash TEXT NOT NULL,
    PRIMARY KEY (account, name)
  ) STRICT, WITHOUT ROWID;
  -- Mailboxes whose main password SMTP and POP do not take.
  CREATE TABLE console_only (account TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  `,
  `
  -- How many messages there are, in one row that each commit keeps: a start would have to read all of them to count them.
  CREATE TABLE message_count (messages INTEGER NOT NULL) STRICT;
  INSERT INTO message_count SELECT count(*) FROM message;
  `,
];

/**
 * Brings a database from version `from` to the present one, each step in a transaction of its own, so that a step that
 * fails leaves the version before it whole. Throws what SQLite throws.
 */
export function migrate(db: DatabaseSync, from: number, steps: readonly string[] = MIGRATIONS): void {
  for (const [index, sql] of steps.entries()) {
    if (index < from) continue;
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${index + 1}`);
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}
