import { Type } from "typebox";
import { applySettings, describeSettings, type SettingValue } from "../config/relay-settings-keys.ts";
import type { Instant } from "../core/instant.ts";
import { ok } from "../core/result.ts";
import type { RelayPolicy, RelaySettings } from "../relay/policy.ts";
import { changePolicy } from "./change-policy.ts";
import { ConfirmText, FreeText, NoInput } from "./input-types.ts";
import { type PolicyVerdict, policyCauses, verdictOf } from "./policy-causes.ts";
import { invalid } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

/** The relay policy in force, for people and programs. */
export interface PolicyView {
  /** The policy's number. */
  readonly policy: number;
  readonly verdict: PolicyVerdict;
  /** Why it is weak or open; empty where closed. */
  readonly causes: readonly string[];
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** How many privileged entries there are. */
  readonly privilegedEntries: number;
  /** What somebody who set it so may not expect. */
  readonly notes: readonly string[];
}

function viewPolicy(policy: RelayPolicy, now: Instant): PolicyView {
  const { settings, privileged } = policy;
  const causes = settings.enabled ? policyCauses(policy, now) : [];
  const values = describeSettings(settings).map(({ key, value }) => [key, value] as const);
  return {
    policy: policy.number,
    verdict: verdictOf(causes),
    causes: causes.map(({ because }) => because),
    settings: Object.fromEntries(values),
    privilegedEntries: privileged.length,
    notes: notesOn(settings, privileged.length),
  };
}

function notesOn(settings: RelaySettings, entries: number): string[] {
  const notes: string[] = [];
  if (!settings.enabled) {
    notes.push(
      "relay is off: mail to other servers is refused for everybody, and what is queued for them is held",
    );
  }
  if (settings.privileged.enabled && entries === 0) {
    notes.push(
      "privileged ranges are on but the list is empty, so they let nobody relay: privileged add RANGE",
    );
  }
  if (!settings.privileged.enabled && entries > 0) {
    notes.push("there are privileged entries but they are switched off: relay set privileged.enabled=true");
  }
  return notes;
}

/** The settings in force and the verdict on them. */
export const relayShow = defineUseCase({
  name: "relay.show",
  summary: "Show the relay settings in force and the verdict on them",
  input: NoInput,
  changes: false,
  async run({ policies, clock }) {
    return ok(viewPolicy(await policies.current(), clock()));
  },
});

/** A setting that was changed. */
export interface SettingChange {
  readonly key: string;
  readonly from: SettingValue;
  readonly to: SettingValue;
}

/** Changes settings; what makes the server weak or open needs its confirmation. */
export const relaySet = defineUseCase({
  name: "relay.set",
  summary: "Change relay settings",
  input: Type.Object({
    changes: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 50 }),
    confirm: Type.Optional(ConfirmText),
    comment: Type.Optional(FreeText),
  }),
  changes: true,
  async run(context, input) {
    const before = await context.policies.current();
    const settings = applySettings(before.settings, input.changes);
    if (!settings.ok) return invalid("changes", ...settings.error);
    const changed = settingChanges(before.settings, settings.value);
    if (changed.length === 0) return ok({ ...viewPolicy(before, context.clock()), changed });
    const saved = await changePolicy(context, before, {
      draft: { settings: settings.value, privileged: before.privileged },
      confirm: input.confirm,
      comment: input.comment ?? changed.map(({ key, to }) => `${key}=${to}`).join(" "),
    });
    if (!saved.ok) return saved;
    // With relay on again the queue's outbound rows are held no more.
    if (settings.value.enabled && !before.settings.enabled) context.wakeQueue();
    return ok({ ...viewPolicy(saved.value, context.clock()), changed });
  },
});

function settingChanges(before: RelaySettings, after: RelaySettings): SettingChange[] {
  const old = new Map(describeSettings(before).map(({ key, value }) => [key, value]));
  return describeSettings(after).flatMap(({ key, value }) => {
    const from = old.get(key);
    return from === undefined || from === value ? [] : [{ key, from, to: value }];
  });
}
