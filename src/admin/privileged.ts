import { Type } from "typebox";
import { parsePrivilegedEntry } from "../config/privileged-entry.ts";
import type { Instant } from "../core/instant.ts";
import { formatIpRange, parseIpRange } from "../core/ip-range.ts";
import { ok } from "../core/result.ts";
import type { PrivilegedEntry, RelayPolicy } from "../relay/policy.ts";
import { changePolicy } from "./change-policy.ts";
import { ConfirmText, FreeText, NoInput } from "./input-types.ts";
import { wideEntryCause } from "./policy-causes.ts";
import { isoTime } from "./read-input.ts";
import { invalid, refuse } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

/** A privileged entry for people and programs. */
export interface PrivilegedView {
  readonly id: number;
  readonly range: string;
  readonly label: string;
  readonly owner: string;
  readonly note: string;
  readonly expiresAt?: string;
  readonly senders: readonly string[];
  readonly recipients: readonly string[];
  readonly dailyCap?: number;
  /** Whether it lets anybody relay now: the option is on and the entry has not expired. */
  readonly inForce: boolean;
}

function viewEntry(entry: PrivilegedEntry, isOn: boolean, now: Instant): PrivilegedView {
  const { id, range, label, owner, note, expiresAt, senders, recipients, dailyCap } = entry;
  return {
    id,
    range: formatIpRange(range),
    label,
    owner,
    note,
    ...(expiresAt === undefined ? {} : { expiresAt: isoTime(expiresAt) }),
    senders,
    recipients,
    ...(dailyCap === undefined ? {} : { dailyCap }),
    inForce: isOn && (expiresAt === undefined || expiresAt > now),
  };
}

/** All privileged entries. */
export const privilegedList = defineUseCase({
  name: "privileged.list",
  summary: "List the privileged IP ranges with their use today",
  input: NoInput,
  changes: false,
  async run({ policies, usage, clock }) {
    const now = clock();
    const { settings, privileged } = await policies.current();
    const usedToday = await usage.privilegedToday(now);
    return ok(
      privileged.map((entry) => ({
        ...viewEntry(entry, settings.privileged.enabled && settings.enabled, now),
        usedToday: usedToday.get(entry.id) ?? 0,
      })),
    );
  },
});

const ListText = Type.Array(Type.String({ minLength: 1, maxLength: 254 }), { maxItems: 1000 });

/** Lets a range relay without logging in; one that covers much of the Internet must be confirmed. */
export const privilegedAdd = defineUseCase({
  name: "privileged.add",
  summary: "Let the clients of an IP range relay without logging in",
  input: Type.Object({
    range: Type.String({ minLength: 1, maxLength: 100 }),
    label: Type.Optional(FreeText),
    owner: Type.Optional(FreeText),
    note: Type.Optional(FreeText),
    expires: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
    senders: Type.Optional(ListText),
    recipients: Type.Optional(ListText),
    daily: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000 })),
    confirm: Type.Optional(ConfirmText),
  }),
  changes: true,
  async run(context, input) {
    const entry = parsePrivilegedEntry(input, context.clock());
    if (!entry.ok) return invalid("", ...entry.error);
    const before = await context.policies.current();
    const range = formatIpRange(entry.value.range);
    const same = before.privileged.find((each) => formatIpRange(each.range) === range);
    if (same)
      return refuse(
        "refused",
        `${range} is privileged already, as entry ${same.id}; remove that first to change it`,
      );
    const cause = wideEntryCause(entry.value);
    const saved = await changePolicy(context, before, {
      draft: { settings: before.settings, privileged: [...before.privileged, entry.value] },
      ...(cause ? { causes: [cause] } : {}),
      confirm: input.confirm,
      comment: `privileged add ${range}`,
    });
    if (!saved.ok) return saved;
    const added = saved.value.privileged.find((each) => formatIpRange(each.range) === range) ?? entry.value;
    const isOn = saved.value.settings.privileged.enabled && saved.value.settings.enabled;
    return ok({ ...viewEntry(added, isOn, context.clock()), notes: notesOn(saved.value) });
  },
});

function notesOn({ settings }: RelayPolicy): string[] {
  return settings.privileged.enabled
    ? []
    : [
        "privileged ranges are switched off, so the entry does nothing yet: relay set privileged.enabled=true",
      ];
}

/** Takes an entry away, by its number or its range. */
export const privilegedRemove = defineUseCase({
  name: "privileged.remove",
  summary: "Take a privileged IP range away, by its number or its range",
  input: Type.Object({ entry: Type.String({ minLength: 1, maxLength: 100 }) }),
  changes: true,
  async run(context, input) {
    const before = await context.policies.current();
    const removed = findEntry(before.privileged, input.entry.trim());
    if (!removed) {
      return refuse(
        "not-found",
        `there is no privileged entry ${input.entry}; privileged list shows which there are`,
      );
    }
    const range = formatIpRange(removed.range);
    const saved = await changePolicy(context, before, {
      draft: { settings: before.settings, privileged: before.privileged.filter((each) => each !== removed) },
      comment: `privileged remove ${range}`,
    });
    return saved.ok ? ok({ removed: removed.id, range }) : saved;
  },
});

function findEntry(entries: readonly PrivilegedEntry[], text: string): PrivilegedEntry | undefined {
  if (/^\d{1,15}$/.test(text)) return entries.find(({ id }) => id === Number(text));
  const range = parseIpRange(text);
  const wanted = range.ok ? formatIpRange(range.value) : undefined;
  return entries.find((each) => formatIpRange(each.range) === wanted);
}
