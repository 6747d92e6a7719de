import { appPasswordAuthenticator } from "../adapters/auth-app-passwords/app-password-authenticator.ts";
import { removeStaleDeliveries } from "../adapters/maildir/stale-deliveries.ts";
import { postWebhook } from "../adapters/webhook/post-webhook.ts";
import type { ReadyServer } from "../cli/actions.ts";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { startContainmentDesk } from "../containment/containment-desk.ts";
import { plusMs } from "../core/instant.ts";
import { err, ok, type Result } from "../core/result.ts";
import { loginGuard } from "../guessing/login-guard.ts";
import { recoverSpool } from "../spool/spool.ts";
import { authenticatorFor } from "./authenticator-for.ts";
import { goOnWhenRevived } from "./go-on-when-revived.ts";
import { livePolicy } from "./live-policy.ts";
import { newIds } from "./new-ids.ts";
import { nodeTimers } from "./node-timers.ts";
import { startLanes } from "./queue-lanes.ts";
import type { ServerParts } from "./server-parts.ts";
import { startControl } from "./start-control.ts";
import { startPop } from "./start-pop.ts";
import { startSmtp } from "./start-smtp.ts";
import { tlsHolder } from "./tls-holder.ts";
import { watchHealth } from "./watch-health.ts";

/** A server that takes mail. */
export interface RunningServer {
  readonly ready: ReadyServer;
  /** Loads certificate and key again; the old ones stay in use where the new ones are no good. */
  reloadTls(): Promise<void>;
  /** Takes no new mail, lets what is under way end within a bound, then closes everything but the stores. */
  stop(): Promise<void>;
}

const JOURNAL_KEPT_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
const DRAIN_MS = 10_000;

/** Starts everything on stores that are open and a data folder whose lock this process holds. */
export async function startServer(parts: ServerParts): Promise<Result<RunningServer, OpenFailure>> {
  // Whatever has been started is ended in the opposite order: when all of it stops, and when the next part cannot start.
  const started = new AsyncDisposableStack();
  let running = false;
  try {
    const server = await startParts(parts, started);
    running = server.ok;
    return server;
  } finally {
    if (!running) await started.disposeAsync();
  }
}

async function startParts(
  parts: ServerParts,
  started: AsyncDisposableStack,
): Promise<Result<RunningServer, OpenFailure>> {
  const { config, stores, clock, log, paths } = parts;
  const tls = await tlsHolder(parts);
  if (!tls.ok) return err({ kind: "configuration", message: tls.error });
  const policy = await livePolicy(stores.policies);
  const main = await authenticatorFor(parts, policy);
  if (!main.ok) return err({ kind: "configuration", message: main.error });
  started.defer(() => main.value.close());
  const authenticator = appPasswordAuthenticator({
    main: main.value,
    store: stores.appPasswords,
    directory: stores.directory,
    clock,
    log,
  });
  const guard = await loginGuard({ store: stores.guesses, clock, timers: nodeTimers, log });
  await recover(parts);
  const newId = await newIds(clock, stores.journal);
  const lanes = startLanes({ ...parts, policy, newId });
  started.defer(() => lanes.stop());
  goOnWhenRevived(stores, lanes.wake, log);
  const health = await watchHealth({
    folders: [paths.root, paths.spool],
    minFreeBytes: config.limits.minFreeBytes,
    maxQueuedMessages: config.limits.maxQueuedMessages,
    queue: stores.queue,
    timers: nodeTimers,
    log,
  });
  started.defer(() => health.stop());
  const clientParts = { ...parts, authenticator, guard, policy, secureContext: tls.value.current };
  const smtp = await startSmtp({ ...clientParts, lanes, newId, intake: health.intake });
  if (!smtp.ok) return smtp;
  const pop = await startPop(clientParts);
  if (!pop.ok) {
    await smtp.value.drain(0);
    return pop;
  }
  started.defer(async () => {
    await Promise.all([smtp.value.drain(DRAIN_MS), pop.value.drain(DRAIN_MS)]);
  });
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
      forgetGuesses: guard.forget,
      health: health.now,
      onLookupFailure: (error) => log.error("lookup-failed", { detail: String(error) }),
      listening: () => listeners,
    },
    log,
  );
  if (!control.ok) return control;
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
  started.defer(() => desk.stop());
  const prune = setInterval(() => void pruneStores(parts), HOUR_MS);
  started.defer(() => clearInterval(prune));
  return ok({
    ready: { hostname: config.hostname, listeners },
    reloadTls: tls.value.reload,
    async stop() {
      await started.disposeAsync();
      // Last: until everything has ended it can be asked what goes on.
      await control.value.close();
    },
  });
}

/** Makes disk and store agree after a crash. */
async function recover({ config, stores, clock, log, paths }: ServerParts): Promise<void> {
  const recovered = await recoverSpool(stores.queue, stores.bodies);
  const stale = await removeStaleDeliveries(paths.postoffices, config.hostname, clock());
  if (recovered.leases + recovered.orphans + stale > 0)
    log.info("recovered", { ...recovered, staleDeliveries: stale });
}

async function pruneStores({ stores, clock, log }: ServerParts): Promise<void> {
  try {
    const removed = await stores.journal.prune(plusMs(clock(), -JOURNAL_KEPT_MS));
    if (removed > 0) log.info("journal-pruned", { removed });
    const counts = await stores.usage.prune(clock());
    if (counts > 0) log.info("usage-pruned", { removed: counts });
    await stores.guesses.prune(clock());
  } catch (error) {
    log.error("not-pruned", { detail: String(error) });
  }
}
