import { instant } from "../../core/instant.ts";
import { err, ok } from "../../core/result.ts";
import type { Containment, ContainmentStore, SampledMessage } from "../../ports/containment-store.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { integer, optionalInteger, optionalText, type Stored, text } from "./columns.ts";
import { arrays } from "./statements.ts";
import type { SqliteStore } from "./store-client.ts";

const SELECT = "SELECT id, account, at, cause, author, released_at, released_by, sample FROM containment";

/** The containments in a {@link SqliteStore}. */
export function sqliteContainmentStore(store: SqliteStore): ContainmentStore {
  const { ofAccount, all, pending, alerts } = store.ask((db) => ({
    ofAccount: arrays(db, `${SELECT} WHERE account = ? ORDER BY id DESC LIMIT 1`),
    all: arrays(db, `${SELECT} ORDER BY id DESC LIMIT 1000`),
    pending: arrays(db, `${SELECT} WHERE followed_up_at IS NULL ORDER BY id`),
    alerts: arrays(db, "SELECT name, value FROM containment_alert"),
  }));
  const newest = (account: string): Containment | undefined => {
    const row = store.ask(() => ofAccount.get(account));
    return row && containmentFrom(row);
  };
  return {
    async contain(request) {
      const done = await store.run("contain", request);
      if (done === "no-mailbox") return err(`there is no mailbox ${request.account}`);
      if (done === "contained-already") return err(`${request.account} is contained already`);
      const kept = newest(request.account);
      return kept ? ok(kept) : err(`${request.account} was contained and released in one moment`);
    },
    async release(account, by, now) {
      const released = await store.run("releaseContained", { account, by, at: now });
      const kept = released ? newest(account) : undefined;
      return kept ? ok(kept) : err(`${account} is not contained`);
    },
    show: async (account) => newest(account),
    list: async () => store.ask(() => all.all().map(containmentFrom)),
    pending: async () => store.ask(() => pending.all().map(containmentFrom)),
    followedUp: (id, sample, now) => store.run("followedUp", { id, sample: JSON.stringify(sample), at: now }),
    async alerts() {
      const kept = new Map(store.ask(() => alerts.all().map(([name, value]) => [text(name), text(value)])));
      const [mail, webhook] = [kept.get("mail"), kept.get("webhook")];
      return { ...(mail === undefined ? {} : { mail }), ...(webhook === undefined ? {} : { webhook }) };
    },
    setAlerts: ({ mail, webhook }) => store.run("setContainmentAlerts", { mail, webhook }),
  };
}

function containmentFrom(row: readonly Stored[]): Containment {
  const releasedAt = optionalInteger(row[5]);
  const releasedBy = optionalText(row[6]);
  return {
    id: integer(row[0]),
    account: text(row[1]),
    at: instant(integer(row[2])),
    cause: text(row[3]),
    by: text(row[4]),
    ...(releasedAt === undefined ? {} : { releasedAt: instant(releasedAt) }),
    ...(releasedBy === undefined ? {} : { releasedBy }),
    sample: sampleFrom(text(row[7])),
  };
}

function sampleFrom(json: string): SampledMessage[] {
  const parsed: unknown = JSON.parse(json);
  if (Array.isArray(parsed) && parsed.every(isSampled)) return parsed;
  throw new StoreUnavailable("The database is damaged in the sample of a containment; restore a backup.");
}

function isSampled(value: unknown): value is SampledMessage {
  if (typeof value !== "object" || value === null) return false;
  const has = (name: string, kind: string) => name in value && typeof Reflect.get(value, name) === kind;
  return (
    ["message", "client", "sender", "header"].every((name) => has(name, "string")) &&
    has("acceptedAt", "number") &&
    Array.isArray(Reflect.get(value, "recipients"))
  );
}
