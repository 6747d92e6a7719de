import { appPasswordAuthenticator } from "../../src/adapters/auth-app-passwords/app-password-authenticator.ts";
import { appPasswordHash } from "../../src/adapters/auth-app-passwords/app-password-secret.ts";
import { integratedAuthenticator } from "../../src/adapters/auth-integrated/integrated-authenticator.ts";
import { hashPassword } from "../../src/adapters/auth-integrated/password-hash.ts";
import { manualTime } from "../../src/adapters/memory/manual-time.ts";
import { memoryAppPasswordStore } from "../../src/adapters/memory/memory-app-password-store.ts";
import { memoryBodyStore } from "../../src/adapters/memory/memory-body-store.ts";
import { memoryDirectory } from "../../src/adapters/memory/memory-directory.ts";
import { memoryDirectoryTables } from "../../src/adapters/memory/memory-directory-tables.ts";
import { memoryGrantStore } from "../../src/adapters/memory/memory-grant-store.ts";
import { memoryGuessStore } from "../../src/adapters/memory/memory-guess-store.ts";
import { memoryJournal } from "../../src/adapters/memory/memory-journal.ts";
import { memoryQueueStore } from "../../src/adapters/memory/memory-queue-store.ts";
import { memorySendingState } from "../../src/adapters/memory/memory-sending-state.ts";
import { memoryUsageStore } from "../../src/adapters/memory/memory-usage-store.ts";
import { parseDomain } from "../../src/core/domain.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../../src/core/ids.ts";
import { plusMs } from "../../src/core/instant.ts";
import type { Result } from "../../src/core/result.ts";
import { loginGuard } from "../../src/guessing/login-guard.ts";
import type { AppPasswordScope, AppPasswordStore } from "../../src/ports/app-password-store.ts";
import type { DirectoryAdmin } from "../../src/ports/directory.ts";
import type { LogFields } from "../../src/ports/logger.ts";
import type { QueueStore } from "../../src/ports/queue-store.ts";
import type { SendingRules } from "../../src/ports/sending-rules.ts";
import type { CompiledPolicy } from "../../src/relay/compile-policy.ts";
import type { SessionLimits, SmtpServices } from "../../src/smtp-server/session-context.ts";
import type { Intake } from "../../src/spool/intake.ts";
import { spool } from "../../src/spool/spool.ts";
import { address, NOW, policy } from "./relay-facts.ts";

/** The services of a small host in memory, with what a test may look into. */
export interface TestServices {
  readonly services: SmtpServices;
  readonly queue: QueueStore;
  readonly directory: DirectoryAdmin;
  readonly sendingRules: SendingRules;
  readonly log: { readonly level: string; readonly event: string; readonly fields: LogFields }[];
}

const TEST_LIMITS: SessionLimits = {
  maxMessageBytes: 100_000,
  maxRecipients: 100,
  maxErrors: 20,
  maxCommands: 1000,
  maxReceivedFields: 100,
  lookupTimeoutMs: 5000,
  idleTimeoutMs: 300_000,
  sessionTimeoutMs: 3_600_000,
};

function domain(text: string) {
  const parsed = parseDomain(text);
  if (!parsed) throw new Error(`not a domain: ${text}`);
  return parsed;
}

async function must(result: Promise<Result<void>>): Promise<void> {
  const settled = await result;
  if (!settled.ok) throw new Error(settled.error);
}

/** `example.test` with alice (password `secret-alice`), bob, and the group team. */
async function exampleDirectory(tables: ReturnType<typeof memoryDirectoryTables>): Promise<DirectoryAdmin> {
  const directory = memoryDirectory(tables);
  await must(directory.addPostoffice("acme"));
  await must(directory.addDomain(domain("example.test"), "acme"));
  await must(directory.addMailbox(address("alice@example.test"), await hashPassword("secret-alice")));
  await must(directory.addMailbox(address("bob@example.test"), undefined));
  await must(
    directory.addGroup(address("team@example.test"), [
      address("alice@example.test"),
      address("bob@example.test"),
    ]),
  );
  return directory;
}

/** Alice's app passwords: `telephone` for SMTP and POP, `scanner` for SMTP only. */
async function exampleAppPasswords(): Promise<AppPasswordStore> {
  const store = memoryAppPasswordStore();
  const [account, ranges, createdAt] = ["alice@example.test", [], NOW];
  const add = (name: string, scopes: readonly AppPasswordScope[], password: string) =>
    must(store.add({ account, name, scopes, ranges, createdAt }, appPasswordHash(password) ?? ""));
  await add("telephone", ["smtp", "pop"], "telepho-neeeeee-aaaaaaa-bbbbbbb");
  await add("scanner", ["smtp"], "scanner-eeeeeee-aaaaaaa-bbbbbbb");
  return store;
}

/** What a test wants otherwise. */
interface TestOptions {
  readonly policy?: CompiledPolicy;
  readonly limits?: Partial<SessionLimits>;
  readonly intake?: Intake;
  /** Logins that were guessed on too much already. */
  readonly blocked?: readonly string[];
}

/** Makes the services; the clock stands at {@link NOW}. */
export async function testServices(options: TestOptions = {}): Promise<TestServices> {
  const clock = () => NOW;
  const tables = memoryDirectoryTables();
  const directory = await exampleDirectory(tables);
  const sending = memorySendingState(tables);
  const usage = memoryUsageStore(memoryJournal(), sending);
  const queue = memoryQueueStore(memoryJournal(), sending);
  const bodies = memoryBodyStore();
  const nextId = idSource<"Test">(clock);
  const log: { level: string; event: string; fields: LogFields }[] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      void log.push({ level, event, fields });
  const guesses = memoryGuessStore();
  for (const login of options.blocked ?? [])
    await guesses.putBlock({ login, since: NOW, until: plusMs(NOW, 60_000), round: 1 });
  const logger = { info: write("info"), warn: write("warn"), error: write("error") };
  const compiled = options.policy ?? policy();
  const newDecisionId = () => Number(nextId()) as DecisionId;
  const services: SmtpServices = {
    hostname: domain("mx.example.test"),
    ownAddresses: { domain: domain("example.test"), literals: new Set(["[127.0.0.1]"]) },
    limits: { ...TEST_LIMITS, ...options.limits },
    clock,
    directory,
    grants: memoryGrantStore(),
    usage,
    authenticator: appPasswordAuthenticator({
      main: integratedAuthenticator({ directory, clock }),
      store: await exampleAppPasswords(),
      directory,
      clock,
      log: logger,
    }),
    guard: await loginGuard({ store: guesses, clock, timers: manualTime(NOW).timers, log: logger }),
    journal: memoryJournal(),
    spool: spool({
      store: queue,
      bodies,
      inlineMaxBytes: 64 * 1024,
      lifetimeMs: 5 * 86_400_000,
      newQueueId: () => Number(nextId()) as QueueId,
      newDecisionId,
      onAccepted: () => {},
    }),
    intake: options.intake ?? (() => "open"),
    log: logger,
    policy: () => compiled,
    newDecisionId,
    newMessageId: () => Number(nextId()) as MessageId,
    nonce: () => "rOprNGfwEbeRWgbNEkqO",
    tlsAvailable: () => true,
  };
  return { services, queue, directory, sendingRules: usage, log };
}
