// Postern's SMTP server with nothing behind it: takes each message, drops it and says 250. Prints {"port":N} when it is
// up, and at each SIGUSR2 what memory it holds, as {"look":N,"allocated":BYTES,"collections":N}.
import { PerformanceObserver } from "node:perf_hooks";
import { memoryBodyStore } from "../../src/adapters/memory/memory-body-store.ts";
import { instant } from "../../src/core/instant.ts";
import { ok } from "../../src/core/result.ts";
import { startSmtpServer } from "../../src/smtp-server/smtp-server.ts";
import { bodySink } from "../../src/spool/body-sink.ts";
import { memoryBudget } from "../../src/spool/memory-budget.ts";
import { entry, policy } from "../../test/support/relay-facts.ts";
import { testServices } from "../../test/support/smtp-services.ts";

const INLINE_MAX_BYTES = 256 * 1024;
const MAX_COMMANDS = 20_000;
const SESSIONS = 1000;

const bodies = memoryBodyStore();
const budget = memoryBudget(128 * 1024 * 1024);
const { services } = await testServices({
  policy: policy({ privileged: { enabled: true } }, [entry("127.0.0.1")]),
  limits: { maxCommands: MAX_COMMANDS, maxMessageBytes: 50 * 1024 * 1024 },
});
const server = await startSmtpServer({
  services: {
    ...services,
    clock: () => instant(Date.now()),
    spool: { openBody: () => bodySink(bodies, INLINE_MAX_BYTES, budget), accept: async () => ok(undefined) },
  },
  listeners: [
    {
      name: "mx",
      protocol: "smtp",
      auth: "optional",
      allowCleartextAuth: false,
      address: "127.0.0.1",
      port: 0,
      trustedProxies: [],
    },
  ],
  secureContext: () => undefined,
  maxConnections: SESSIONS,
  maxConnectionsPerClient: SESSIONS,
  handshakeTimeoutMs: 30_000,
});
let look = 0;
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ["gc"] });
process.on("SIGUSR2", () => {
  look += 1;
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ look, allocated: heapUsed + arrayBuffers, collections })}\n`);
});
process.stdout.write(`${JSON.stringify({ port: server.listening[0]?.port })}\n`);
process.once("SIGTERM", () => void server.drain(0).then(() => process.exit()));
