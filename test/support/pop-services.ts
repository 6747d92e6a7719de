import {
  type MemoryMaildropStore,
  memoryMaildropStore,
} from "../../src/adapters/memory/memory-maildrop-store.ts";
import type { Clock } from "../../src/core/instant.ts";
import type { PopLimits, PopListenerSettings, PopServices } from "../../src/pop3-server/pop-context.ts";
import type { GrantStore } from "../../src/ports/grant-store.ts";
import type { CompiledPolicy } from "../../src/relay/compile-policy.ts";
import type { SmtpServices } from "../../src/smtp-server/session-context.ts";
import { type TestServices, testServices } from "./smtp-services.ts";

/** The services of a POP3 server in memory, with what a test may look into. */
export interface TestPopServices extends Pick<TestServices, "log"> {
  readonly services: PopServices;
  readonly maildrops: MemoryMaildropStore;
  readonly grants: GrantStore;
  /** An SMTP server with the same directory, grants and clock. */
  readonly smtp: SmtpServices;
}

const TEST_LIMITS: PopLimits = { maxErrors: 20, idleTimeoutMs: 600_000, sessionTimeoutMs: 3_600_000 };

/** The listeners that tests name. */
export const POP_LISTENERS: Readonly<Record<"pop3" | "pop3s" | "pop3-clear", PopListenerSettings>> = {
  pop3: { name: "pop3", protocol: "pop3", allowCleartextAuth: false },
  pop3s: { name: "pop3s", protocol: "pop3s", allowCleartextAuth: false },
  "pop3-clear": { name: "pop3-clear", protocol: "pop3", allowCleartextAuth: true },
};

/** Makes the services; alice (password `secret-alice`) has two messages. The clock stands unless one is given. */
export async function testPopServices(
  options: {
    policy?: CompiledPolicy;
    limits?: Partial<PopLimits>;
    clock?: Clock;
    blocked?: readonly string[];
  } = {},
): Promise<TestPopServices> {
  const { services: standing, log } = await testServices({
    ...(options.policy ? { policy: options.policy } : {}),
    ...(options.blocked ? { blocked: options.blocked } : {}),
  });
  const services = { ...standing, clock: options.clock ?? standing.clock };
  const maildrops = memoryMaildropStore();
  maildrops.put("alice@example.test", "first", "Subject: one\r\n\r\nhello\r\n.dot\r\n");
  maildrops.put("alice@example.test", "second", "Subject: two\n\n1\n2\n3");
  const { hostname, clock, directory, authenticator, guard, grants, policy, nonce, tlsAvailable } = services;
  return {
    services: {
      hostname,
      limits: { ...TEST_LIMITS, ...options.limits },
      clock,
      directory,
      authenticator,
      guard,
      maildrops,
      grants,
      log: services.log,
      policy,
      nonce,
      tlsAvailable,
    },
    maildrops,
    grants,
    smtp: services,
    log,
  };
}
