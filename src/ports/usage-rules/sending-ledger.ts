import type { Instant } from "../../core/instant.ts";
import {
  type Charge,
  DAY_MS,
  type LimitReached,
  limitReached,
  type Quota,
  type QuotaOwner,
} from "../../core/sending-limits.ts";
import { containmentCause } from "./containment-rule.ts";
import type { SubjectCharge } from "./message-charges.ts";
import { DEFAULT_TRIPS, type EffectiveRules, effectiveRules, type SubjectRules } from "./subject-rules.ts";
import { chargedRow, type UseRow, useOf, useRowAt } from "./use-row.ts";

/** What an adapter has to keep of sending, and can be asked for. A message asks few questions: each costs some microseconds. */
export interface LedgerLookup {
  bounds(subject: string): SubjectBounds;
  use(subject: string): UseRow | undefined;
  /** The day (from 1970) on which the account has sent to the address, to a month; `undefined`: never. */
  seenDay(account: string, recipient: string): number | undefined;
}

/** What is set for a subject, and for an account what it belongs to. */
export interface SubjectBounds {
  readonly own: SubjectRules | undefined;
  /** What is set for all of its kind. */
  readonly ofKind: SubjectRules | undefined;
  readonly postoffice?: {
    readonly name: string;
    readonly own: SubjectRules | undefined;
    readonly ofKind: SubjectRules | undefined;
  };
  /** Of the mailbox; absent where the subject is none. */
  readonly suspended?: boolean;
}

/** The same, with what changes it; everything within the commit that keeps the message. */
export interface LedgerTables extends LedgerLookup {
  putUse(subject: string, row: UseRow): void;
  remember(account: string, recipient: string, day: number): void;
  /** Suspends the mailbox, holds its queue, keeps why. */
  contain(account: string, cause: string, now: Instant): void;
}

/** What became of a message's charges. */
export type ChargeOutcome =
  | { readonly kind: "over-limit"; readonly reached: LimitReached }
  /** `held`: its account may not send (any more), so that its rows wait from the start. */
  | { readonly kind: "charged"; readonly held: boolean };

/** An address that is known stays so without being written again for so many days. */
const REFRESH_DAYS = 30;

interface Planned {
  readonly row: UseRow;
  readonly rules: EffectiveRules;
}

/**
 * Counts a message for all that it is charged to, or refuses it whole where a limit leaves no room for it. The decision at
 * RCPT has looked at the limits before; this is where two messages at once cannot both have the last place.
 */
export function chargeMessage(
  tables: LedgerTables,
  charges: readonly SubjectCharge[],
  now: Instant,
): ChargeOutcome {
  const day = Math.floor(now / DAY_MS);
  const plan = new Map<string, Planned>();
  const accounts: { account: string; subject: string; suspended?: boolean; stale: readonly string[] }[] = [];
  for (const { subject, recipients, dailyCap } of charges) {
    const bounds = withCap(tables.bounds(subject), dailyCap);
    const account = accountOf(subject);
    const charge = { messages: 1, recipients: recipients.length, firstTime: 0 };
    if (account !== undefined) {
      const seen = recipients.map((each) => ({ each, day: tables.seenDay(account, each) }));
      charge.firstTime = seen.filter((recipient) => recipient.day === undefined).length;
      const stale = seen
        .filter((recipient) => (recipient.day ?? 0) < day - REFRESH_DAYS)
        .map(({ each }) => each);
      accounts.push({ account, subject, ...suspendedOf(bounds), stale });
    }
    const reached = planCharge(tables, plan, { subject, bounds, charge, now });
    if (reached) return { kind: "over-limit", reached };
  }
  for (const [subject, { row }] of plan) tables.putUse(subject, row);
  let held = false;
  for (const { account, subject, suspended, stale } of accounts) {
    for (const recipient of stale) tables.remember(account, recipient, day);
    const planned = plan.get(subject);
    if (suspended === true || (planned && suspended === false && judge(tables, account, planned, now)))
      held = true;
  }
  return { kind: "charged", held };
}

/** A privileged entry has a cap of its own in the policy; the lower of both holds. */
function withCap(bounds: SubjectBounds, dailyCap: number | undefined): SubjectBounds {
  if (dailyCap === undefined) return bounds;
  const { recipientsPerDay } = effectiveRules(bounds.own, bounds.ofKind, {});
  const lower = Math.min(dailyCap, recipientsPerDay ?? dailyCap);
  return { ...bounds, own: { ...bounds.own, recipientsPerDay: lower } };
}

function suspendedOf({ suspended }: SubjectBounds): { suspended?: boolean } {
  return suspended === undefined ? {} : { suspended };
}

/** Plans a charge for a subject and its post office; gives the limit that leaves no room for it. */
function planCharge(
  lookup: LedgerLookup,
  plan: Map<string, Planned>,
  { subject, bounds, charge, now }: { subject: string; bounds: SubjectBounds; charge: Charge; now: Instant },
): LimitReached | undefined {
  for (const each of boundBy(subject, bounds)) {
    const row = plan.get(each.subject)?.row ?? useRowAt(lookup.use(each.subject), now);
    const quota = { owner: ownerOf(each.subject), limits: each.rules, use: useOf(row) };
    const reached = limitReached(quota, charge, now);
    if (reached) return reached;
    plan.set(each.subject, { rules: each.rules, row: chargedRow(row, charge) });
  }
  return undefined;
}

/** Counts recipients that were refused for good, against the day on which the account sent last. */
export function countFailures(tables: LedgerTables, account: string, failures: number, now: Instant): void {
  const subject = `account:${account}`;
  const before = tables.use(subject);
  if (!before) return;
  const row = { ...before, dayFailures: before.dayFailures + failures };
  tables.putUse(subject, row);
  const bounds = tables.bounds(subject);
  if (bounds.suspended === false) judge(tables, account, { row, rules: rulesOf(subject, bounds) }, now);
}

/** Contains an account of which enough has been seen. */
function judge(tables: LedgerTables, account: string, { row, rules }: Planned, now: Instant): boolean {
  const cause = containmentCause(rules, row);
  if (cause !== undefined) tables.contain(account, cause, now);
  return cause !== undefined;
}

/** The limits on a subject and on what it belongs to, with their use; without those that nothing bounds. */
export function quotasOf(lookup: LedgerLookup, subject: string, now: Instant): Quota[] {
  return boundBy(subject, lookup.bounds(subject)).flatMap((each) => {
    const { containRecipients: _r, containFirstTime: _f, containFailures: _x, ...limits } = each.rules;
    if (Object.keys(limits).length === 0) return [];
    return [{ owner: ownerOf(each.subject), limits, use: useOf(useRowAt(lookup.use(each.subject), now)) }];
  });
}

/** What holds for a subject, after what is set for it and for all of its kind. */
export function rulesOf(subject: string, { own, ofKind }: SubjectBounds): EffectiveRules {
  return effectiveRules(own, ofKind, subject.startsWith("account:") ? DEFAULT_TRIPS : {});
}

/**
 * The subject itself, and for an account its post office, with what holds for each. What nothing bounds is left out and not
 * counted either; an account is always there, for containment.
 */
function boundBy(subject: string, bounds: SubjectBounds): { subject: string; rules: EffectiveRules }[] {
  const all = [{ subject, rules: rulesOf(subject, bounds) }];
  const { postoffice } = bounds;
  if (postoffice)
    all.push({
      subject: `postoffice:${postoffice.name}`,
      rules: effectiveRules(postoffice.own, postoffice.ofKind, {}),
    });
  return all.filter((each) => each.subject.startsWith("account:") || Object.keys(each.rules).length > 0);
}

/** The name of an account; `undefined` where the subject is none. */
export function accountOf(subject: string): string | undefined {
  return subject.startsWith("account:") ? subject.slice("account:".length) : undefined;
}

function ownerOf(subject: string): QuotaOwner {
  const kind = subject.slice(0, subject.indexOf(":"));
  return kind === "postoffice" || kind === "privileged" || kind === "grant" ? kind : "account";
}
