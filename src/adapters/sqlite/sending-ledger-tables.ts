import { hash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import {
  accountOf,
  type LedgerLookup,
  type LedgerTables,
  type SubjectBounds,
} from "../../ports/usage-rules/sending-ledger.ts";
import {
  kindOf,
  RULE_NAMES,
  type RuleName,
  type SubjectRules,
} from "../../ports/usage-rules/subject-rules.ts";
import type { UseRow } from "../../ports/usage-rules/use-row.ts";
import { flag, integer, type Stored, text } from "./columns.ts";
import { containing } from "./containment-statements.ts";
import { arrays } from "./statements.ts";

const USE_COLUMNS = [
  "subject",
  "step",
  "step_recipients",
  "step_first_time",
  "before_recipients",
  "before_first_time",
  "hour",
  "hour_messages",
  "hour_recipients",
  "day",
  "day_messages",
  "day_recipients",
  "day_first_time",
  "day_failures",
] as const;

// Everything that bounds a message in one question: each statement costs more than each lookup within it.
const RULES =
  "(SELECT rules FROM sending_rule WHERE subject = ?1), (SELECT rules FROM sending_rule WHERE subject = ?2)";
const BOUNDS = `
  SELECT ${RULES}, postoffice, (SELECT rules FROM sending_rule WHERE subject = 'postoffice:' || postoffice),
    (SELECT rules FROM sending_rule WHERE subject = 'postoffice:*'), (SELECT suspended FROM mailbox WHERE key = ?3)
  FROM (SELECT 1) LEFT JOIN domain ON name = ?4`;

/** What is known of sending, on any connection. */
export function ledgerLookup(db: DatabaseSync): LedgerLookup {
  const bounds = arrays(db, BOUNDS);
  const rules = arrays(db, `SELECT ${RULES}, NULL, NULL, NULL, NULL`);
  const use = arrays(db, `SELECT ${USE_COLUMNS.join(", ")} FROM sending_use WHERE subject = ?`);
  const known = arrays(db, "SELECT seen_day FROM known_recipient WHERE hash = ?");
  return {
    bounds(subject) {
      const account = accountOf(subject);
      const row =
        account === undefined
          ? rules.get(subject, kindOf(subject))
          : bounds.get(subject, kindOf(subject), account, account.slice(account.lastIndexOf("@") + 1));
      return row ? boundsFrom(row) : { own: undefined, ofKind: undefined };
    },
    use(subject) {
      const row = use.get(subject);
      return row && useFrom(row);
    },
    seenDay(account, recipient) {
      const row = known.get(recipientHash(account, recipient));
      return row && integer(row[0]);
    },
  };
}

/** The same on the writing connection, with what changes it. */
export function sqliteLedgerTables(db: DatabaseSync): LedgerTables {
  const put = db.prepare(
    `INSERT OR REPLACE INTO sending_use (${USE_COLUMNS.join(", ")}) VALUES (${USE_COLUMNS.map(() => "?").join(", ")})`,
  );
  const remember = db.prepare("INSERT OR REPLACE INTO known_recipient (hash, seen_day) VALUES (?, ?)");
  const contain = containing(db);
  return {
    ...ledgerLookup(db),
    putUse: (subject, row) => void put.run(subject, ...useValues(row)),
    remember: (account, recipient, day) => void remember.run(recipientHash(account, recipient), day),
    contain: (account, cause, now) => contain({ account, cause, by: "rule", at: now }),
  };
}

function boundsFrom(row: readonly Stored[]): SubjectBounds {
  const [own, ofKind, name, ofPostoffice, ofPostoffices, suspended] = row;
  const rules = (value: Stored) => (value === null ? undefined : rulesFrom(text(value)));
  return {
    own: rules(own),
    ofKind: rules(ofKind),
    ...(name === null
      ? {}
      : { postoffice: { name: text(name), own: rules(ofPostoffice), ofKind: rules(ofPostoffices) } }),
    ...(suspended === null ? {} : { suspended: flag(suspended) }),
  };
}

/** Keeps rules as text. */
export function rulesToText(rules: SubjectRules): string {
  return JSON.stringify(rules);
}

/** Reads kept rules; throws {@link StoreUnavailable} where they are none, since guessing might lift a limit. */
export function rulesFrom(json: string): SubjectRules {
  const parsed: unknown = JSON.parse(json);
  const rules: { [Name in RuleName]?: number | "none" } = {};
  if (typeof parsed !== "object" || parsed === null) throw damaged();
  for (const [name, value] of Object.entries(parsed)) {
    const known = RULE_NAMES.find((each) => each === name);
    if (!known || (value !== "none" && typeof value !== "number")) throw damaged();
    rules[known] = value;
  }
  return rules;
}

function damaged(): StoreUnavailable {
  return new StoreUnavailable("The database is damaged in a sending limit; restore a backup.");
}

/** 48 bits of a hash: with ten million kept, one new recipient in twenty-eight million is taken for a known one. */
function recipientHash(account: string, recipient: string): number {
  return hash("sha256", `${account}\0${recipient}`, "buffer").readUIntBE(0, 6);
}

function useValues(row: UseRow): number[] {
  return [
    row.step,
    row.stepRecipients,
    row.stepFirstTime,
    row.beforeRecipients,
    row.beforeFirstTime,
    row.hour,
    row.hourMessages,
    row.hourRecipients,
    row.day,
    row.dayMessages,
    row.dayRecipients,
    row.dayFirstTime,
    row.dayFailures,
  ];
}

function useFrom(row: readonly Stored[]): UseRow {
  return {
    step: integer(row[1]),
    stepRecipients: integer(row[2]),
    stepFirstTime: integer(row[3]),
    beforeRecipients: integer(row[4]),
    beforeFirstTime: integer(row[5]),
    hour: integer(row[6]),
    hourMessages: integer(row[7]),
    hourRecipients: integer(row[8]),
    day: integer(row[9]),
    dayMessages: integer(row[10]),
    dayRecipients: integer(row[11]),
    dayFirstTime: integer(row[12]),
    dayFailures: integer(row[13]),
  };
}
