import { randomBytes } from "node:crypto";
import { maildirMailboxStore } from "../adapters/maildir/maildir-mailbox-store.ts";
import { socketDialer } from "../adapters/outbound-socket/socket-dialer.ts";
import type { NewIds } from "../core/ids.ts";
import { deliverLocal } from "../delivery/local/deliver-local.ts";
import { type OutboundDelivery, outboundDelivery } from "../delivery/outbound/deliver-outbound.ts";
import type { DeliverMessage } from "../ports/deliver-message.ts";
import type { HandOver } from "../ports/hand-over.ts";
import type { Lane } from "../ports/queue-store.ts";
import { DEFAULT_SCHEDULE } from "../queue/next-attempt.ts";
import { queueRunner } from "../queue/runner.ts";
import type { LivePolicy } from "./live-policy.ts";
import { nodeTimers } from "./node-timers.ts";
import type { ServerParts } from "./server-parts.ts";

export interface LaneParts extends ServerParts {
  readonly policy: LivePolicy;
  readonly newId: NewIds;
}

/** Both lanes of the queue at work. */
export interface Lanes extends HandOver {
  /** Says that rows may be due: in these lanes, or in all. */
  readonly wake: (lanes?: ReadonlySet<Lane>) => void;
  stop(): Promise<void>;
}

const LEASE_MS = 15 * 60_000;
const LOCAL_CONCURRENCY = 50;

/** Starts local delivery and, while the relay switch is on, outbound delivery (SPEC R-6: off holds what is queued). */
export function startLanes(parts: LaneParts): Lanes {
  const wake: Lanes["wake"] = (lanes) => {
    if (lanes?.has("local") ?? true) local.wake();
    if (lanes?.has("outbound") ?? true) outbound.wake();
  };
  const local = runner(
    parts,
    "local",
    LOCAL_CONCURRENCY,
    deliverLocal({
      directory: parts.stores.directory,
      mailboxes: maildirMailboxStore({ root: parts.paths.postoffices, hostname: parts.config.hostname }),
      bodies: parts.stores.bodies,
      startedAt: parts.clock(),
      log: parts.log,
    }),
    wake,
  );
  const delivery = outboundLane(parts);
  const outbound = runner(parts, "outbound", parts.config.queue.concurrency, delivery.deliver, wake);
  if (!parts.policy.now().settings.enabled) outbound.pause();
  parts.policy.onChange(({ settings }) => (settings.enabled ? outbound.resume() : outbound.pause()));
  local.start();
  outbound.start();
  return {
    wake,
    reserve: (lane, rows) => (lane === "local" ? local : outbound).reserve(rows),
    async stop() {
      await Promise.all([local.drain(), outbound.drain()]);
      delivery.close();
    },
  };
}

function outboundLane({ config, stores, log, resolver }: LaneParts): OutboundDelivery {
  return outboundDelivery({
    hostname: config.hostname,
    resolver,
    routes: stores.routes,
    dialer: socketDialer(),
    bodies: stores.bodies,
    timers: nodeTimers,
    random: Math.random,
    nonce: () => randomBytes(24).toString("base64url"),
    log,
    maxPerHost: config.queue.concurrencyPerDestination,
  });
}

function runner(
  parts: LaneParts,
  lane: Lane,
  concurrency: number,
  deliver: DeliverMessage,
  onReport: (lanes: ReadonlySet<Lane>) => void,
) {
  const { stores, clock, log, config, newId } = parts;
  return queueRunner({
    store: stores.queue,
    lane,
    deliver,
    clock,
    timers: nodeTimers,
    concurrency,
    leaseMs: LEASE_MS,
    random: Math.random,
    bodies: stores.bodies,
    log,
    schedule: {
      waitsMs: config.queue.retryMs,
      jitter: DEFAULT_SCHEDULE.jitter,
      delayWarningMs: config.queue.delayWarningMs,
    },
    hostname: config.hostname,
    newId,
    resolve: (address) => stores.directory.resolve(address),
    lifetimeMs: config.queue.lifetimeMs,
    onReport,
  });
}
