import { formatDuration, parseDurationMs } from "../core/instant.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { RelaySettings } from "../relay/policy.ts";
import { didYouMean } from "./did-you-mean.ts";

/** One setting of the relay decision as `relay set` and `relay show` have it. */
interface SettingKey {
  readonly key: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly read: (settings: RelaySettings) => SettingValue;
  readonly write: (settings: RelaySettings, text: string) => Result<RelaySettings>;
}

/** A setting's value as JSON has it; a duration is a text such as `15m`. */
export type SettingValue = string | number | boolean;

/** A setting with its present value, for people and programs. */
export interface SettingView {
  readonly key: string;
  readonly value: SettingValue;
  readonly summary: string;
}

const SETTINGS: readonly SettingKey[] = [
  {
    key: "relay.enabled",
    summary: "Enable mail relay; off, this server only receives",
    read: (settings) => settings.enabled,
    write: (settings, text) => withFlag(text, (enabled) => ({ ...settings, enabled })),
  },
  {
    key: "authenticated.enabled",
    summary: "Allow relay for authenticated senders",
    read: (settings) => settings.authenticated.enabled,
    write: (settings, text) =>
      withFlag(text, (enabled) => ({ ...settings, authenticated: { ...settings.authenticated, enabled } })),
  },
  {
    key: "authenticated.method",
    summary: "Authentication method: integrated, host",
    read: (settings) => settings.authenticated.method,
    write: writeMethod,
  },
  {
    key: "privileged.enabled",
    summary: "Allow relay for privileged IP ranges",
    read: (settings) => settings.privileged.enabled,
    write: (settings, text) => withFlag(text, (enabled) => ({ ...settings, privileged: { enabled } })),
  },
  {
    key: "localSenders.enabled",
    summary: "Allow relay for local sender addresses; anybody can forge one",
    read: (settings) => settings.localSenders.enabled,
    write: (settings, text) =>
      withFlag(text, (enabled) => ({ ...settings, localSenders: { ...settings.localSenders, enabled } })),
  },
  {
    key: "localSenders.match",
    summary: "What of the sender must be here: domain, or the very address",
    read: (settings) => settings.localSenders.match,
    write: (settings, text) =>
      withChoice(text, ["domain", "address"] as const, (match) => ({
        ...settings,
        localSenders: { ...settings.localSenders, match },
      })),
  },
  {
    key: "popBeforeSmtp.enabled",
    summary: "POP before SMTP authentication",
    read: (settings) => settings.popBeforeSmtp.enabled,
    write: (settings, text) =>
      withFlag(text, (enabled) => ({ ...settings, popBeforeSmtp: { ...settings.popBeforeSmtp, enabled } })),
  },
  {
    key: "popBeforeSmtp.period",
    summary: "How long a POP login speaks for its address, 1s to 24h",
    read: (settings) => formatDuration(settings.popBeforeSmtp.periodMs),
    write: writePeriod,
  },
  {
    key: "popBeforeSmtp.senderMustBelong",
    summary: "The sender must be an address of an account that logged in",
    read: (settings) => settings.popBeforeSmtp.senderMustBelong,
    write: (settings, text) =>
      withFlag(text, (senderMustBelong) => ({
        ...settings,
        popBeforeSmtp: { ...settings.popBeforeSmtp, senderMustBelong },
      })),
  },
  {
    key: "popBeforeSmtp.ipv6Prefix",
    summary: "An IPv6 login speaks for the address (128) or for its /64 (64)",
    read: (settings) => settings.popBeforeSmtp.ipv6Prefix,
    write: (settings, text) =>
      withChoice(text, ["64", "128"] as const, (choice) => ({
        ...settings,
        popBeforeSmtp: { ...settings.popBeforeSmtp, ipv6Prefix: choice === "64" ? 64 : 128 },
      })),
  },
  {
    key: "senders.mustBelongTo",
    summary: "Whose addresses an account may send as: any, postoffice, account",
    read: (settings) => settings.senders.mustBelongTo,
    write: (settings, text) =>
      withChoice(text, ["any", "postoffice", "account"] as const, (mustBelongTo) => ({
        ...settings,
        senders: { mustBelongTo },
      })),
  },
  {
    key: "acceptAddressLiterals",
    summary: "Whether user@[our address] is a recipient here",
    read: (settings) => settings.acceptAddressLiterals,
    write: (settings, text) =>
      withFlag(text, (acceptAddressLiterals) => ({ ...settings, acceptAddressLiterals })),
  },
];

/**
 * Applies changes such as `popBeforeSmtp.period=15m`, in order. Nothing is applied where one is wrong; all problems are
 * told at once, a sentence each.
 */
export function applySettings(
  settings: RelaySettings,
  changes: readonly string[],
): Result<RelaySettings, string[]> {
  const problems: string[] = [];
  const seen = new Set<string>();
  let changed = settings;
  for (const change of changes) {
    const result = applyOne(changed, change, seen);
    if (result.ok) changed = result.value;
    else problems.push(result.error);
  }
  return problems.length === 0 ? ok(changed) : err(problems);
}

function applyOne(settings: RelaySettings, change: string, seen: Set<string>): Result<RelaySettings> {
  const equals = change.indexOf("=");
  if (equals < 1) return err(`"${change}" is no setting; write key=value, as in relay.enabled=true`);
  const name = change.slice(0, equals).trim();
  const setting = SETTINGS.find((each) => each.key === name);
  if (!setting) return err(unknownKey(name));
  if (seen.has(name)) return err(`${name} is set twice; give it one value`);
  seen.add(name);
  const result = setting.write(settings, change.slice(equals + 1).trim());
  return result.ok ? result : err(`${name}: ${result.error}`);
}

function unknownKey(name: string): string {
  const keys = SETTINGS.map((each) => each.key);
  const near = didYouMean(name, keys);
  return near
    ? `${name} is not known; did you mean ${near}?`
    : `${name} is not known; the settings are ${keys.join(", ")}`;
}

/** Every setting with its value, in the order of the Relay tab. */
export function describeSettings(settings: RelaySettings): readonly SettingView[] {
  return SETTINGS.map(({ key, summary, read }) => ({ key, value: read(settings), summary }));
}

function withFlag(text: string, change: (flag: boolean) => RelaySettings): Result<RelaySettings> {
  if (text !== "true" && text !== "false") return err(`"${text}" is neither true nor false`);
  return ok(change(text === "true"));
}

function withChoice<T extends string>(
  text: string,
  choices: readonly T[],
  change: (choice: T) => RelaySettings,
): Result<RelaySettings> {
  const choice = choices.find((each) => each === text);
  return choice === undefined ? err(`"${text}" is not one of ${choices.join(", ")}`) : ok(change(choice));
}

function writeMethod(settings: RelaySettings, text: string): Result<RelaySettings> {
  if (text === "fixed") {
    return err(`"${text}" is not built into this version of Postern; the methods are integrated and host`);
  }
  return withChoice(text, ["integrated", "host"] as const, (method) => ({
    ...settings,
    authenticated: { ...settings.authenticated, method },
  }));
}

function writePeriod(settings: RelaySettings, text: string): Result<RelaySettings> {
  const periodMs = parseDurationMs(text);
  // SPEC R-21: 1 second to 24 hours.
  if (periodMs === undefined || periodMs < 1000 || periodMs > 86_400_000) {
    return err(`"${text}" is not a period from 1s to 24h, such as 15m`);
  }
  return ok({ ...settings, popBeforeSmtp: { ...settings.popBeforeSmtp, periodMs } });
}

/** What a setting does, in a few words; empty for a key that is none. */
export function summaryOf(key: string): string {
  return SETTINGS.find((each) => each.key === key)?.summary ?? "";
}
