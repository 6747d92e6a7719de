import { known, unknown } from "../../src/core/fact.ts";
import { instant, plusMs } from "../../src/core/instant.ts";
import { decide } from "../../src/relay/decide.ts";
import type { LoginFacts, RelayFacts } from "../../src/relay/facts.ts";
import { address, entry, ip, NOW, policy, strangerFacts } from "../support/relay-facts.ts";

/** Every kind of client that the four options tell apart, each as the facts in which it differs from a stranger. */
const CLIENTS: Readonly<Record<string, Partial<RelayFacts>>> = {
  stranger: {},
  "stranger, null sender": { sender: null },
  "stranger, forged local sender": {
    sender: address("alice@example.test"),
    senderDomainHosted: known(true),
    senderAddressExists: known(true),
  },
  "stranger, forged subdomain sender": { sender: address("alice@sub.example.test") },
  "alice logged in": { ...aliceSends(), tls: true, login: loggedIn("own") },
  "alice logged in, bob's sender": { ...aliceSends(), tls: true, login: loggedIn("postoffice") },
  "alice logged in, foreign sender": { tls: true, login: loggedIn("foreign") },
  "alice suspended": { ...aliceSends(), tls: true, login: loggedIn("own", true) },
  "failed login from printer": {
    ...aliceSends(),
    tls: true,
    client: ip("192.0.2.5"),
    login: { state: "failed" },
  },
  printer: { client: ip("192.0.2.5"), sender: address("printer@devices.test") },
  "printer, cleartext-only listener": {
    client: ip("192.0.2.5"),
    listener: { name: "mx", auth: "never", allowCleartextAuth: false, offersStartTls: false },
  },
  "IPv4-mapped printer": { client: ip("::ffff:192.0.2.5") },
  "trusted proxy itself": { client: ip("192.0.2.5"), clientIsProxy: true },
  "app server, cap used up": { client: ip("198.51.100.7"), privilegedUse: known(new Map([[2, 100]])) },
  "expired entry": { client: ip("198.51.100.99") },
  "POP login a minute ago": {
    ...aliceSends(),
    popGrant: popGrant(60_000, ["alice@example.test"]),
    senderBelongsToGrant: known(true),
  },
  "POP login a minute ago, foreign sender": { popGrant: popGrant(60_000, ["alice@example.test"]) },
  "POP file without account": { popGrant: popGrant(60_000, []) },
  "POP login just a period ago": {
    ...aliceSends(),
    popGrant: popGrant(15 * 60_000, ["alice@example.test"]),
    senderBelongsToGrant: known(true),
  },
  "POP login dated tomorrow": { popGrant: popGrant(-86_400_000, []) },
  "grants unreadable": { popGrant: unknown("unavailable") },
  "directory down": {
    senderDomainHosted: unknown("timeout"),
    senderAddressExists: unknown("timeout"),
    recipient: { ...strangerFacts().recipient, resolution: unknown("timeout") },
  },
  "login required here, none": {
    listener: { name: "submission", auth: "required", allowCleartextAuth: false, offersStartTls: true },
  },
};

/** Every kind of recipient. */
const RECIPIENTS: Readonly<Record<string, RelayFacts["recipient"] | undefined>> = {
  remote: undefined,
  mailbox: {
    address: address("alice@example.test"),
    text: "alice@example.test",
    firstTime: known(false),
    resolution: known({
      kind: "local",
      via: "mailbox",
      targets: [{ kind: "mailbox", mailbox: "alice@example.test" }],
    }),
  },
  unknown: {
    address: address("nobody@example.test"),
    text: "nobody@example.test",
    firstTime: known(false),
    resolution: known({ kind: "no-such-recipient" }),
  },
  percent: {
    address: { local: "victim%remote.test", domain: address("x@example.test").domain },
    text: "victim%remote.test@example.test",
    firstTime: known(false),
    resolution: known({ kind: "no-such-recipient" }),
  },
};

const ENTRIES = [
  entry("192.0.2.0/28", { id: 1, label: "printers" }),
  entry("198.51.100.7", { id: 2, label: "app", dailyCap: 100 }),
  entry("198.51.100.90-198.51.100.120", { id: 3, label: "old", expiresAt: instant(NOW - 1) }),
];

/** All 16 combinations of the four options, under the switch on and off, for every client and recipient, one line each. */
export function matrix(): string {
  const lines: string[] = [];
  for (const enabled of [true, false]) {
    for (let bits = 0; bits < 16; bits += 1) {
      const on = { auth: !!(bits & 8), pop: !!(bits & 4), priv: !!(bits & 2), local: !!(bits & 1) };
      const compiled = policy(
        {
          enabled,
          authenticated: { enabled: on.auth, method: "integrated" },
          popBeforeSmtp: { enabled: on.pop, periodMs: 15 * 60_000, senderMustBelong: true, ipv6Prefix: 128 },
          privileged: { enabled: on.priv },
          localSenders: { enabled: on.local, match: "domain" },
        },
        ENTRIES,
      );
      const names = Object.entries(on)
        .filter(([, is]) => is)
        .map(([name]) => name);
      lines.push(`# relay ${enabled ? "on" : "off"}: ${names.join(" + ") || "no option"}`);
      for (const [recipient, facts] of Object.entries(RECIPIENTS)) {
        for (const [client, differing] of Object.entries(CLIENTS)) {
          const all = strangerFacts(differing);
          const decision = decide(compiled, facts ? { ...all, recipient: facts } : all);
          const grounds = decision.grounds.length > 0 ? ` (${decision.grounds.join(", ")})` : "";
          lines.push(
            `${recipient} | ${client} | ${decision.reply.code} ${decision.reply.status} ${decision.reason}${grounds}`,
          );
        }
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

function aliceSends(): Partial<RelayFacts> {
  return {
    sender: address("alice@example.test"),
    senderDomainHosted: known(true),
    senderAddressExists: known(true),
  };
}

function loggedIn(right: "own" | "postoffice" | "foreign", suspended = false): LoginFacts {
  return {
    state: "in",
    account: "alice@example.test",
    suspended: known(suspended),
    senderRight: known(right),
  };
}

function popGrant(ageMs: number, accounts: readonly string[]): RelayFacts["popGrant"] {
  return known({ loggedInAt: plusMs(NOW, -ageMs), accounts });
}
