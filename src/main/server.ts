import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { createSecureContext, type SecureContext } from "node:tls";
import { controlSocketPath } from "../adapters/data-folder/control-socket.ts";
import { inDataFolder } from "../adapters/data-folder/data-paths.ts";
import { removeStaleDeliveries } from "../adapters/maildir/stale-deliveries.ts";
import { loadTlsFiles } from "../adapters/tls-files/load-tls-files.ts";
import { postWebhook } from "../adapters/webhook/post-webhook.ts";
import { runUseCase } from "../admin/use-cases.ts";
import type { ReadyServer } from "../cli/actions.ts";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { isSmtpListener } from "../config/server-config.ts";
import { startContainmentDesk } from "../containment/containment-desk.ts";
import { type DecisionId, idSource, type MessageId, type QueueId } from "../core/ids.ts";
import { plusMs } from "../core/instant.ts";
import { err, ok, type Result } from "../core/result.ts";
import { controlServer } from "../http/control-server.ts";
import type { Authenticator } from "../ports/authenticator.ts";
import type { Logger } from "../ports/logger.ts";
import { startSmtpServer } from "../smtp-server/smtp-server.ts";
import type { Intake } from "../spool/intake.ts";
import { recoverSpool, spool } from "../spool/spool.ts";
import { type AdminParts, adminContext } from "./admin-context.ts";
import { authenticatorFor } from "./authenticator-for.ts";
import { type LivePolicy, livePolicy } from "./live-policy.ts";
import { nodeTimers } from "./node-timers.ts";
import { ownAddresses } from "./own-addresses.ts";
import { type Lanes, startLanes } from "./queue-lanes.ts";
import type { ServerParts } from "./server-parts.ts";
import { startPop } from "./start-pop.ts";
import { watchHealth } from "./watch-health.ts";

/** A server that takes mail. */
export interface RunningServer {
  readonly ready: ReadyServer;
  /** Loads certificate and key again; the old ones stay in use where the new ones are no good. */
  reloadTls(): Promise<void>;
  /** Takes no new mail, lets what is under way end within a bound, then closes everything but the stores. */
  stop(): Promise<void>;
}

/** Bodies up to this size lie in the store's row. */
const INLINE_MAX_BYTES = 256 * 1024;
const JOURNAL_KEPT_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
const HANDSHAKE_TIMEOUT_MS = 30_000;
const LOOKUP_TIMEOUT_MS = 5000;
const DRAIN_MS = 10_000;
const MAX_COMMANDS = 20_000;
/** How far ids start after the newest known one, so that a clock that was set back makes none twice. */
const ID_GAP = 4096 * 10_000;

/** Starts everything on stores that are open and a data folder whose lock this process holds. */
export async function startServer(parts: ServerParts): Promise<Result<RunningServer, OpenFailure>> {
  const { config, stores, clock, log, paths } = parts;
  const tls = await tlsHolder(parts);
  if (!tls.ok) return err({ kind: "configuration", message: tls.error });

  const recovered = await recoverSpool(stores.queue, stores.bodies);
  const stale = await removeStaleDeliveries(paths.postoffices, config.hostname, clock());
  if (recovered.leases + recovered.orphans + stale > 0)
    log.info("recovered", { ...recovered, staleDeliveries: stale });

  const policy = await livePolicy(stores.policies);
  const authentication = await authenticatorFor(parts, policy);
  if (!authentication.ok) return err({ kind: "configuration", message: authentication.error });
  const authenticator = authentication.value;
  const [newest] = await stores.journal.search({ limit: 1 });
  const nextId = idSource<"Any">(clock, newest ? newest.id + ID_GAP : 0);
  const newId = {
    message: () => asId<MessageId>(nextId()),
    queue: () => asId<QueueId>(nextId()),
    decision: () => asId<DecisionId>(nextId()),
  };
  const lanes = startLanes({ ...parts, policy, newId });
  const health = await watchHealth({
    folders: [paths.root, paths.spool],
    minFreeBytes: config.limits.minFreeBytes,
    maxQueuedMessages: config.limits.maxQueuedMessages,
    queue: stores.queue,
    timers: nodeTimers,
    log,
  });
  const smtp = await startSmtp(
    { ...parts, authenticator },
    policy,
    lanes,
    newId,
    tls.value.current,
    health.intake,
  );
  if (!smtp.ok) {
    health.stop();
    await lanes.stop();
    return smtp;
  }
  const pop = await startPop(parts, policy, authenticator, tls.value.current);
  if (!pop.ok) {
    health.stop();
    await smtp.value.drain(0);
    await lanes.stop();
    return pop;
  }
  const listeners = [...smtp.value.listening, ...pop.value.listening];
  const control = await startControl(
    {
      paths,
      config,
      stores,
      resolver: parts.resolver,
      clock,
      policy: policy.now,
      wakeQueue: lanes.wake,
      health: health.now,
      onLookupFailure: (error) => log.error("lookup-failed", { detail: String(error) }),
      listening: () => listeners,
    },
    log,
  );
  if (!control.ok) {
    health.stop();
    await Promise.all([smtp.value.drain(0), pop.value.drain(0)]);
    await lanes.stop();
    return control;
  }
  const desk = startContainmentDesk({
    ...stores,
    endSessionsOf: (account) => smtp.value.endSessionsOf(account) + pop.value.endSessionsOf(account),
    postWebhook,
    wakeQueue: lanes.wake,
    newId,
    hostname: config.hostname,
    clock,
    timers: nodeTimers,
    log,
  });
  const prune = setInterval(() => void pruneStores(parts), HOUR_MS);
  return ok({
    ready: { hostname: config.hostname, listeners },
    reloadTls: tls.value.reload,
    async stop() {
      clearInterval(prune);
      desk.stop();
      health.stop();
      await Promise.all([smtp.value.drain(DRAIN_MS), pop.value.drain(DRAIN_MS)]);
      await lanes.stop();
      authenticator.close();
      await control.value.close();
    },
  });
}

function asId<T extends number>(id: number): T {
  return id as T;
}

async function tlsHolder({
  config,
  paths,
  clock,
  log,
}: ServerParts): Promise<Result<{ current: () => SecureContext | undefined; reload: () => Promise<void> }>> {
  const { tls } = config;
  if (!tls) return ok({ current: () => undefined, reload: async () => {} });
  const files = { certificate: inDataFolder(paths, tls.certificate), key: inDataFolder(paths, tls.key) };
  const load = async (): Promise<Result<SecureContext>> => {
    const material = await loadTlsFiles(files, clock());
    if (!material.ok) return material;
    const { certificate: cert, key } = material.value;
    // RFC 8996: TLS 1.0 and 1.1 are no longer spoken.
    return ok(createSecureContext({ cert, key, minVersion: "TLSv1.2" }));
  };
  const first = await load();
  if (!first.ok) return first;
  let current = first.value;
  return ok({
    current: () => current,
    async reload() {
      const next = await load();
      if (next.ok) {
        current = next.value;
        log.info("tls-reloaded");
      } else log.error("tls-not-reloaded", { detail: next.error });
    },
  });
}

async function startSmtp(
  { config, stores, clock, log, paths, authenticator }: ServerParts & { authenticator: Authenticator },
  policy: LivePolicy,
  lanes: Lanes,
  newId: { message: () => MessageId; queue: () => QueueId; decision: () => DecisionId },
  secureContext: () => SecureContext | undefined,
  intake: Intake,
) {
  const { limits } = config;
  try {
    return ok(
      await startSmtpServer({
        services: {
          hostname: config.hostname,
          ownAddresses: ownAddresses(config),
          limits: {
            maxMessageBytes: limits.maxMessageBytes,
            maxRecipients: limits.maxRecipients,
            maxErrors: limits.maxErrors,
            maxCommands: MAX_COMMANDS,
            maxReceivedFields: limits.maxHops,
            lookupTimeoutMs: LOOKUP_TIMEOUT_MS,
            idleTimeoutMs: limits.commandTimeoutMs,
            sessionTimeoutMs: limits.sessionTimeoutMs,
          },
          clock,
          directory: stores.directory,
          grants: stores.grants,
          usage: stores.usage,
          authenticator,
          journal: stores.journal,
          spool: spool({
            store: stores.queue,
            bodies: stores.bodies,
            inlineMaxBytes: INLINE_MAX_BYTES,
            lifetimeMs: config.queue.lifetimeMs,
            newQueueId: newId.queue,
            newDecisionId: newId.decision,
            handOver: lanes,
            onAccepted: lanes.wake,
          }),
          intake,
          log,
          policy: policy.now,
          newDecisionId: newId.decision,
          newMessageId: newId.message,
          nonce: () => randomBytes(24).toString("base64url"),
          tlsAvailable: () => secureContext() !== undefined,
        },
        listeners: config.listeners
          .filter(isSmtpListener)
          .map((listener) => ({ ...listener, address: listener.address.text })),
        secureContext,
        maxConnections: limits.maxConnections,
        maxConnectionsPerClient: limits.maxConnectionsPerClient,
        handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      }),
    );
  } catch (error) {
    return err<OpenFailure>({
      kind: "configuration",
      message: `${paths.config}: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

async function startControl(admin: AdminParts, log: Logger) {
  const path = await controlSocketPath(admin.paths, {
    platform: process.platform,
    temporaryFolder: tmpdir(),
    uid: process.getuid?.(),
  });
  if (!path.ok) return err<OpenFailure>({ kind: "failed", message: path.error });
  return ok(
    await controlServer({
      path: path.value,
      run: (name, input, actor) => runUseCase(adminContext(admin, actor), name, input),
      failed: (name, error) =>
        log.error("command-failed", {
          name,
          detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    }),
  );
}

async function pruneStores({ stores, clock, log }: ServerParts): Promise<void> {
  try {
    const removed = await stores.journal.prune(plusMs(clock(), -JOURNAL_KEPT_MS));
    if (removed > 0) log.info("journal-pruned", { removed });
    const counts = await stores.usage.prune(clock());
    if (counts > 0) log.info("usage-pruned", { removed: counts });
  } catch (error) {
    log.error("not-pruned", { detail: String(error) });
  }
}
