import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { createSecureContext } from "node:tls";
import { applySettings } from "../../src/config/relay-settings-keys.ts";
import type { PopListenerSettings } from "../../src/pop3-server/pop-context.ts";
import { startPopServer } from "../../src/pop3-server/pop3-server.ts";
import type { CompiledPolicy } from "../../src/relay/compile-policy.ts";
import { DEFAULT_SETTINGS } from "../../src/relay/policy.ts";
import type { ListenerSettings, SessionLimits } from "../../src/smtp-server/session-context.ts";
import { startSmtpServer } from "../../src/smtp-server/smtp-server.ts";
import { selfSignedCertificate } from "../support/certificate.ts";
import { memoryConnection, memoryPopConnection } from "../support/memory-connection.ts";
import { POP_LISTENERS, testPopServices } from "../support/pop-services.ts";
import { entry, policy } from "../support/relay-facts.ts";
import { testServices } from "../support/smtp-services.ts";
import { openTcpDuplex } from "../support/tcp-duplex.ts";
import { parseTranscript, runTranscript } from "../support/transcript.ts";

const FOLDER = new URL("./", import.meta.url);

const LISTENERS: Readonly<Record<string, ListenerSettings>> = {
  mx: { name: "mx", protocol: "smtp", auth: "optional", allowCleartextAuth: false },
  submission: { name: "submission", protocol: "submission", auth: "required", allowCleartextAuth: false },
  submissions: { name: "submissions", protocol: "submissions", auth: "required", allowCleartextAuth: false },
};

/**
 * What the comments at the head of a transcript ask for: `# listener:`, `# settings:`, `# privileged:`, `# limits:`,
 * `# blocked:`. A
 * listener of POP3 makes it a dialogue of POP3.
 */
function asked(text: string): {
  listener: ListenerSettings | PopListenerSettings;
  policy: CompiledPolicy;
  limits: Partial<SessionLimits>;
  blocked: readonly string[];
} {
  const words = (name: string) => new RegExp(`^# ${name}: (.+)$`, "m").exec(text)?.[1]?.split(" ") ?? [];
  const settings = applySettings(DEFAULT_SETTINGS, words("settings"));
  assert.ok(settings.ok);
  const listener = { ...LISTENERS, ...POP_LISTENERS }[words("listener")[0] ?? "mx"];
  assert.ok(listener);
  const limits = Object.fromEntries(
    words("limits")
      .map((word) => word.split("="))
      .map(([key, value]) => [key, Number(value)]),
  );
  return {
    listener,
    policy: policy(
      settings.value,
      words("privileged").map((range) => entry(range)),
    ),
    limits,
    blocked: words("blocked"),
  };
}

function isPop(listener: ListenerSettings | PopListenerSettings): listener is PopListenerSettings {
  return listener.protocol === "pop3" || listener.protocol === "pop3s";
}

const transcripts = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

describe("dialogs in memory", () => {
  for (const name of transcripts) {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    test(`${name.slice(0, -4)} goes as written`, { timeout: 20_000 }, async (t) => {
      const { listener, ...options } = asked(text);
      const connection = isPop(listener)
        ? memoryPopConnection((await testPopServices(options)).services, listener)
        : memoryConnection((await testServices(options)).services, listener);
      t.after(() => connection.close());
      await runTranscript(parseTranscript(text), connection, name);
    });
  }
});

describe("dialogs over TCP and TLS", async () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-transcripts-"));
  after(() => rmSync(folder, { recursive: true }));
  const files = await selfSignedCertificate(folder);
  const secureContext = createSecureContext({
    cert: readFileSync(files.certificate),
    key: readFileSync(files.key),
  });
  const SHARED = {
    secureContext: () => secureContext,
    maxConnections: 10,
    maxConnectionsPerClient: 10,
    handshakeTimeoutMs: 5000,
  };
  const PLACE = { address: "127.0.0.1", port: 0, trustedProxies: [] };
  const TLS_AT_ONCE: ReadonlySet<string> = new Set(["submissions", "pop3s"]);
  for (const name of transcripts) {
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    test(`${name.slice(0, -4)} goes as written`, { timeout: 20_000 }, async (t) => {
      const { listener, ...options } = asked(text);
      const server = isPop(listener)
        ? await startPopServer({
            ...SHARED,
            services: (await testPopServices(options)).services,
            listeners: [{ ...listener, ...PLACE }],
          })
        : await startSmtpServer({
            ...SHARED,
            services: (await testServices(options)).services,
            listeners: [{ ...listener, ...PLACE }],
          });
      t.after(() => server.drain(0));
      const port = server.listening[0]?.port ?? 0;
      const duplex = await openTcpDuplex({ port, tls: TLS_AT_ONCE.has(listener.protocol) });
      t.after(() => duplex.close());
      await runTranscript(parseTranscript(text), duplex, name);
    });
  }
});

after(() => assert.ok(transcripts.length > 25, "transcripts were found"));
