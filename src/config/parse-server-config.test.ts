import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS, DEFAULT_QUEUE } from "./defaults.ts";
import { parseServerConfig } from "./parse-server-config.ts";
import { NEW_LISTENERS, renderServerConfig } from "./render-server-config.ts";
import type { ListenerAuth, ListenerConfig, ServerConfig } from "./server-config.ts";

function parsed(text: string): ServerConfig {
  const result = parseServerConfig(text, "postern.toml");
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function authOf(listener: ListenerConfig | undefined): ListenerAuth | undefined {
  return listener && "auth" in listener ? listener.auth : undefined;
}

const LISTENER = 'name = "a"\naddress = "127.0.0.1"\nport = 0\n';

test("what is not written has its default", () => {
  const config = parsed(`hostname = "MX.Example.Test"\n[[listeners]]\nprotocol = "smtp"\n${LISTENER}`);
  assert.equal(config.hostname, "mx.example.test");
  assert.deepEqual(config.limits, DEFAULT_LIMITS);
  assert.deepEqual(config.queue, DEFAULT_QUEUE);
  assert.deepEqual(config.dns.servers, []);
  assert.equal(config.tls, undefined);
  const [listener] = config.listeners;
  assert.equal(authOf(listener), "optional");
  assert.equal(listener?.allowCleartextAuth, false);
  assert.deepEqual(listener?.trustedProxies, []);
});

test("people must log in on a submission listener unless it says otherwise", () => {
  const submission = `hostname = "a.test"\n[[listeners]]\nprotocol = "submission"\n${LISTENER}`;
  assert.equal(authOf(parsed(submission).listeners[0]), "required");
  assert.equal(authOf(parsed(`${submission}auth = "never"\n`).listeners[0]), "never");
});

test("everything that may be written is read", () => {
  const config = parsed(`
hostname = "mx.example.test"
storage = { engine = "sqlite" }
[[listeners]]
name = "mx"
protocol = "submissions"
address = "::ffff:127.0.0.1"
port = 465
auth = "optional"
allowCleartextAuth = true
trustedProxies = ["127.0.0.1", "192.0.2.0/28"]
[tls]
certificate = "tls/cert.pem"
key = "/etc/key.pem"
[limits]
maxMessageBytes = 1_000_000
maxRecipients = 100
maxConnections = 10
maxConnectionsPerClient = 5
maxErrors = 3
maxHops = 150
commandTimeout = "2s"
sessionTimeout = "1h"
minFreeBytes = 0
maxQueuedMessages = 5
[dns]
servers = ["192.0.2.53", "192.0.2.54:5353", "[2001:db8::53]:5353", "2001:db8::54"]
[queue]
retry = ["1s", "2m"]
lifetime = "2d"
delayWarning = "1h"
concurrency = 7
concurrencyPerDestination = 2
`);
  assert.deepEqual(config.listeners[0]?.address.text, "127.0.0.1");
  assert.deepEqual(
    config.listeners[0]?.trustedProxies.map((range) => range.last.text),
    ["127.0.0.1", "192.0.2.15"],
  );
  assert.deepEqual(config.tls, { certificate: "tls/cert.pem", key: "/etc/key.pem" });
  assert.deepEqual(config.limits, {
    maxMessageBytes: 1_000_000,
    maxRecipients: 100,
    maxConnections: 10,
    maxConnectionsPerClient: 5,
    maxErrors: 3,
    maxHops: 150,
    commandTimeoutMs: 2000,
    sessionTimeoutMs: 3_600_000,
    minFreeBytes: 0,
    maxQueuedMessages: 5,
  });
  assert.deepEqual(
    config.dns.servers.map(({ address, port }) => `${address.text} ${port}`),
    ["192.0.2.53 53", "192.0.2.54 5353", "2001:db8::53 5353", "2001:db8::54 53"],
  );
  assert.deepEqual(config.queue, {
    retryMs: [1000, 120_000],
    lifetimeMs: 172_800_000,
    delayWarningMs: 3_600_000,
    concurrency: 7,
    concurrencyPerDestination: 2,
  });
});

test("the file that setup writes is read without a problem", () => {
  const text = renderServerConfig({ hostname: "mx.example.test", listeners: NEW_LISTENERS });
  const config = parsed(text);
  assert.equal(config.hostname, "mx.example.test");
  assert.deepEqual(
    config.listeners.map((listener) => [listener.name, listener.protocol, listener.port, authOf(listener)]),
    [
      ["mx", "smtp", 2525, "optional"],
      ["submission", "submission", 2587, "required"],
      ["submissions", "submissions", 2465, "required"],
      ["pop3", "pop3", 2110, undefined],
      ["pop3s", "pop3s", 2995, undefined],
    ],
  );
});

test("every key that setup writes as a comment may be put in force as it stands", () => {
  const text = renderServerConfig({ hostname: "mx.example.test", listeners: NEW_LISTENERS });
  const config = parsed(text.replace(/^# (\[(?:limits|queue|dns)\]|\w+ = )/gm, "$1"));
  assert.deepEqual(config.limits, DEFAULT_LIMITS);
  assert.deepEqual(config.queue, DEFAULT_QUEUE);
  assert.equal(config.listeners[2]?.allowCleartextAuth, false);
});

test("a file that is far too long is not parsed", () => {
  const result = parseServerConfig(`#${"x".repeat(1_000_001)}`, "postern.toml");
  assert.ok(!result.ok);
  assert.match(result.error[0]?.wrong ?? "", /more than 1000000 characters/);
});

test("reads where the accounts of the host are", () => {
  const parsed = parseServerConfig(
    `hostname = "mx.example.test"
[[listeners]]
name = "mx"
protocol = "smtp"
address = "127.0.0.1"
port = 0
[authentication.ldap]
url = "ldaps://dc1.corp.test"
bindName = '{domain}\\{user}'
[[authentication.postoffices]]
name = "Acme"
mailDomain = "example.test"
domain = "CORP"
`,
    "postern.toml",
  );
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.authentication, {
    pamService: "postern",
    ldap: {
      url: new URL("ldaps://dc1.corp.test"),
      allowCleartext: false,
      find: { by: "bind", bindName: "{domain}\\{user}" },
      timeoutMs: 5000,
    },
    postoffices: [{ postoffice: "acme", domain: "CORP", mailDomain: "example.test", createMailboxes: false }],
  });
});
