import { instant } from "../../core/instant.ts";
import { formatIpRange, parseIpRange } from "../../core/ip-range.ts";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import type { PrivilegedEntry, RelaySettings } from "../../relay/policy.ts";

/** The settings of a policy as the store keeps them. */
export function settingsToJson(settings: RelaySettings): string {
  return JSON.stringify(settings);
}

/**
 * Reads kept settings. A setting that an earlier version of the program did not know is that of `base`; one that is
 * of the wrong kind throws {@link StoreUnavailable}, since guessing might open the relay.
 */
export function settingsFromJson(json: string, base: RelaySettings): RelaySettings {
  const read = fieldReader("the settings of a policy", json);
  const { authenticated, privileged, localSenders, popBeforeSmtp, senders } = base;
  return {
    enabled: read("enabled", isBoolean, base.enabled),
    authenticated: {
      enabled: read("authenticated.enabled", isBoolean, authenticated.enabled),
      method: read("authenticated.method", among("integrated", "host", "fixed"), authenticated.method),
    },
    privileged: { enabled: read("privileged.enabled", isBoolean, privileged.enabled) },
    localSenders: {
      enabled: read("localSenders.enabled", isBoolean, localSenders.enabled),
      match: read("localSenders.match", among("domain", "address"), localSenders.match),
    },
    popBeforeSmtp: {
      enabled: read("popBeforeSmtp.enabled", isBoolean, popBeforeSmtp.enabled),
      periodMs: read("popBeforeSmtp.periodMs", isNumber, popBeforeSmtp.periodMs),
      senderMustBelong: read("popBeforeSmtp.senderMustBelong", isBoolean, popBeforeSmtp.senderMustBelong),
      ipv6Prefix: read("popBeforeSmtp.ipv6Prefix", among(64, 128), popBeforeSmtp.ipv6Prefix),
    },
    senders: {
      mustBelongTo: read("senders.mustBelongTo", among("any", "postoffice", "account"), senders.mustBelongTo),
    },
    acceptAddressLiterals: read("acceptAddressLiterals", isBoolean, base.acceptAddressLiterals),
  };
}

/** The fields of a privileged entry, all but its id. Equal entries have equal texts. */
export function entryToJson(entry: PrivilegedEntry): string {
  const { range, label, owner, note, expiresAt, senders, recipients, dailyCap } = entry;
  return JSON.stringify({
    range: formatIpRange(range),
    label,
    owner,
    note,
    expiresAt,
    senders,
    recipients,
    dailyCap,
  });
}

/** Reads a kept entry; throws {@link StoreUnavailable} where it is none. */
export function entryFromJson(id: number, json: string): PrivilegedEntry {
  const what = `the privileged entry ${id}`;
  const read = fieldReader(what, json);
  const range = parseIpRange(read("range", isString));
  if (!range.ok) throw damaged(what, "range");
  const expiresAt = read("expiresAt", isOptionalNumber, undefined);
  const dailyCap = read("dailyCap", isOptionalNumber, undefined);
  return {
    id,
    range: range.value,
    label: read("label", isString),
    owner: read("owner", isString),
    note: read("note", isString),
    ...(expiresAt === undefined ? {} : { expiresAt: instant(expiresAt) }),
    senders: read("senders", isStrings),
    recipients: read("recipients", isStrings),
    ...(dailyCap === undefined ? {} : { dailyCap }),
  };
}

/** Reads a field by its dotted path. A missing one is its default; without a default it is damage, as is a wrong kind. */
type FieldReader = <T>(path: string, is: (value: unknown) => value is T, ...byDefault: [T] | []) => T;

function fieldReader(what: string, json: string): FieldReader {
  const root: unknown = parseJson(what, json);
  return (path, is, ...byDefault) => {
    let value: unknown = root;
    for (const name of path.split(".")) {
      value = isObject(value) ? value[name] : undefined;
    }
    if (value === undefined && byDefault.length === 1) return byDefault[0];
    if (is(value)) return value;
    throw damaged(what, path);
  };
}

function parseJson(what: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged(what, "text");
  }
}

function damaged(what: string, field: string): StoreUnavailable {
  return new StoreUnavailable(`The database is damaged in ${what} (${field}); restore a backup.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isOptionalNumber(value: unknown): value is number | undefined {
  return value === undefined || isNumber(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString);
}

function among<const T extends string | number>(...words: T[]): (value: unknown) => value is T {
  return (value): value is T => words.some((word) => word === value);
}
