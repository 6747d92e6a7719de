import { parseAddress } from "../../src/core/email-address.ts";
import { known } from "../../src/core/fact.ts";
import { instant } from "../../src/core/instant.ts";
import { parseIp } from "../../src/core/ip-address.ts";
import { parseIpRange } from "../../src/core/ip-range.ts";
import { type CompiledPolicy, compilePolicy } from "../../src/relay/compile-policy.ts";
import type { RelayFacts } from "../../src/relay/facts.ts";
import { DEFAULT_SETTINGS, type PrivilegedEntry, type RelaySettings } from "../../src/relay/policy.ts";

/** Noon on a working day: the present of every relay test. */
export const NOW = instant(Date.UTC(2026, 5, 15, 12));

/** An address that the test knows to be one. */
export function address(text: string) {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** An IP address that the test knows to be one. */
export function ip(text: string) {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`not an IP address: ${text}`);
  return parsed;
}

/** A privileged entry over a range, with what the test says of it. */
export function entry(range: string, more: Partial<PrivilegedEntry> = {}): PrivilegedEntry {
  const parsed = parseIpRange(range);
  if (!parsed.ok) throw new Error(parsed.error);
  return {
    id: 1,
    label: "printers",
    owner: "it@example.test",
    note: "",
    senders: [],
    recipients: [],
    ...more,
    range: parsed.value,
  };
}

/** The default settings with what the test changes. */
function settings(more: Partial<RelaySettings> = {}): RelaySettings {
  return { ...DEFAULT_SETTINGS, ...more };
}

/** A compiled policy, number 1. */
export function policy(
  more: Partial<RelaySettings> = {},
  privileged: readonly PrivilegedEntry[] = [],
): CompiledPolicy {
  return compilePolicy({ number: 1, settings: settings(more), privileged });
}

/** A stranger on port 25 who wants to reach somebody elsewhere; everything is known. */
export function strangerFacts(more: Partial<RelayFacts> = {}): RelayFacts {
  return {
    now: NOW,
    client: ip("203.0.113.9"),
    clientIsProxy: false,
    listener: { name: "mx", auth: "optional", allowCleartextAuth: false, offersStartTls: true },
    tls: false,
    login: { state: "none" },
    sender: address("someone@elsewhere.test"),
    senderDomainHosted: known(false),
    senderAddressExists: known(false),
    recipient: {
      address: address("friend@remote.test"),
      text: "friend@remote.test",
      resolution: known({ kind: "remote" }),
      firstTime: known(false),
    },
    quotas: known(new Map()),
    popGrant: known(undefined),
    senderBelongsToGrant: known(false),
    privilegedUse: known(new Map()),
    ...more,
  };
}
