import { type Instant, instant } from "./instant.ts";

/** What can be bounded of somebody's sending. A first-time recipient is one that the account has not sent to before. */
export const LIMIT_NAMES = [
  "messagesPerHour",
  "messagesPerDay",
  "recipientsPerHour",
  "recipientsPerDay",
  "firstTimePerDay",
] as const;

/** One of {@link LIMIT_NAMES}. */
export type LimitName = (typeof LIMIT_NAMES)[number];

/** Limits on somebody's sending; one that is absent does not bind. */
export type SendingLimits = Readonly<Partial<Record<LimitName, number>>>;

/** What somebody has sent in the hour and the day of a moment, counted from their beginnings in UTC. */
export type SendingUse = Readonly<Record<LimitName, number>>;

/** Whose sending a limit bounds. */
export type QuotaOwner = "account" | "postoffice" | "privileged" | "grant";

/** The limits on somebody's sending, and how much of them is used. */
export interface Quota {
  readonly owner: QuotaOwner;
  readonly limits: SendingLimits;
  readonly use: SendingUse;
}

/** What a message, or one recipient of it, adds to somebody's use. */
export interface Charge {
  readonly messages: number;
  readonly recipients: number;
  readonly firstTime: number;
}

/** A limit that leaves no room. */
export interface LimitReached {
  readonly owner: QuotaOwner;
  readonly name: LimitName;
  readonly max: number;
  readonly used: number;
  /** When the count begins again: the next full hour or midnight, UTC. */
  readonly resetsAt: Instant;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Nothing sent. */
export const NO_USE: SendingUse = {
  messagesPerHour: 0,
  messagesPerDay: 0,
  recipientsPerHour: 0,
  recipientsPerDay: 0,
  firstTimePerDay: 0,
};

/** The first limit that `charge` would exceed, the one that lasts longest before others; `undefined` where there is room. */
export function limitReached(quota: Quota, charge: Charge, now: Instant): LimitReached | undefined {
  let found: LimitReached | undefined;
  for (const name of LIMIT_NAMES) {
    const max = quota.limits[name];
    const adding = charge[CHARGED[name]];
    if (max === undefined || adding === 0 || quota.use[name] + adding <= max) continue;
    const windowMs = name.endsWith("Hour") ? HOUR_MS : DAY_MS;
    const resetsAt = instant((Math.floor(now / windowMs) + 1) * windowMs);
    if (!found || resetsAt > found.resetsAt)
      found = { owner: quota.owner, name, max, used: quota.use[name], resetsAt };
  }
  return found;
}

const CHARGED: Readonly<Record<LimitName, keyof Charge>> = {
  messagesPerHour: "messages",
  messagesPerDay: "messages",
  recipientsPerHour: "recipients",
  recipientsPerDay: "recipients",
  firstTimePerDay: "firstTime",
};

/** A use with a charge added. */
export function withCharge(use: SendingUse, charge: Charge): SendingUse {
  return {
    messagesPerHour: use.messagesPerHour + charge.messages,
    messagesPerDay: use.messagesPerDay + charge.messages,
    recipientsPerHour: use.recipientsPerHour + charge.recipients,
    recipientsPerDay: use.recipientsPerDay + charge.recipients,
    firstTimePerDay: use.firstTimePerDay + charge.firstTime,
  };
}

/** One sentence for the sender: which limit, how much of it is used, and when it starts again. It names nobody. */
export function describeLimit({ owner, name, max, used, resetsAt }: LimitReached): string {
  const period = name.endsWith("Hour") ? "Hourly" : "Daily";
  const what = owner === "postoffice" ? ` of the whole post office` : "";
  return `${period} limit of ${max} ${WORDS[name]}${what} reached (${used} used); it starts again at ${utcTime(resetsAt)} UTC`;
}

const WORDS: Readonly<Record<LimitName, string>> = {
  messagesPerHour: "messages",
  messagesPerDay: "messages",
  recipientsPerHour: "recipients",
  recipientsPerDay: "recipients",
  firstTimePerDay: "first-time recipients",
};

function utcTime(at: Instant): string {
  return new Date(at).toISOString().slice(11, 16);
}
