import type { Outcome } from "../../core/outcome.ts";
import { err, ok, type Result } from "../../core/result.ts";
import type { Timers } from "../../ports/timers.ts";
import type { Connected } from "./connect.ts";

/** Connections by next hop: kept for the next message, and never more at a time than a peer should bear. */
export interface SessionPool {
  /** A session for one message: one that is idle, else a new one, else the first that is given back. */
  acquire(request: SessionRequest): Promise<Result<Lease, Outcome>>;
  /** Closes idle sessions, and busy ones as they are given back. */
  close(): void;
}

export interface SessionRequest {
  /** The next hop's; sessions of one key are as good as each other. */
  readonly key: string;
  /** Makes a new session. */
  readonly open: () => Promise<Result<Connected, Outcome>>;
  /**
   * Whether a failure to open speaks for all who wait for the key. Where no session is left they share it then: a host
   * that is down is not dialled once for every message.
   */
  readonly speaksForAll: boolean;
}

/** A session in use. */
export interface Lease extends Connected {
  /** Whether it has served before: then its loss may mean no more than that it was idle for too long. */
  readonly reused: boolean;
  /** Gives the session back; called once. */
  release(): void;
}

export interface SessionPoolOptions {
  readonly timers: Timers;
  /** At a time for one next hop. */
  readonly maxPerHop: number;
  readonly idleMs: number;
}

interface Waiter {
  readonly request: SessionRequest;
  readonly settle: (lease: Result<Lease, Outcome>) => void;
}

interface Hop {
  readonly idle: { readonly connected: Connected; readonly cancel: () => void }[];
  readonly waiters: Waiter[];
  /** Sessions in use or being opened. */
  busy: number;
}

/** Makes an empty pool. */
export function sessionPool(options: SessionPoolOptions): SessionPool {
  const hops = new Map<string, Hop>();
  let closed = false;

  const hopOf = (key: string): Hop => {
    let hop = hops.get(key);
    if (!hop) {
      hop = { idle: [], waiters: [], busy: 0 };
      hops.set(key, hop);
    }
    return hop;
  };
  const forgetIfEmpty = (key: string, hop: Hop): void => {
    if (hop.busy === 0 && hop.idle.length === 0 && hop.waiters.length === 0) hops.delete(key);
  };

  const lease = (key: string, hop: Hop, connected: Connected, reused: boolean): Lease => ({
    ...connected,
    reused,
    release: () => {
      const waiter = connected.session.usable() && !closed ? hop.waiters.shift() : undefined;
      if (waiter) return waiter.settle(ok(lease(key, hop, connected, true)));
      hop.busy -= 1;
      if (connected.session.usable() && !closed) return keepIdle(key, hop, connected);
      connected.session.quit();
      serveWaiters(key, hop);
    },
  });

  const keepIdle = (key: string, hop: Hop, connected: Connected): void => {
    const drop = (): void => {
      const at = hop.idle.findIndex((entry) => entry.connected === connected);
      if (at < 0) return;
      hop.idle.splice(at, 1)[0]?.cancel();
      connected.session.quit();
      forgetIfEmpty(key, hop);
    };
    hop.idle.push({ connected, cancel: options.timers.set(options.idleMs, drop) });
    connected.session.onLost(drop);
  };

  const takeIdle = (hop: Hop): Connected | undefined => {
    for (let entry = hop.idle.pop(); entry; entry = hop.idle.pop()) {
      entry.cancel();
      if (entry.connected.session.usable()) return entry.connected;
      entry.connected.session.quit();
    }
    return undefined;
  };

  const openFor = async (hop: Hop, request: SessionRequest): Promise<Result<Lease, Outcome>> => {
    const { key } = request;
    hop.busy += 1;
    const connected = await request.open();
    if (connected.ok) return ok(lease(key, hop, connected.value, false));
    hop.busy -= 1;
    // While others are busy those who wait go on waiting for them.
    if (hop.busy > 0) return connected;
    if (request.speaksForAll) for (const waiter of hop.waiters.splice(0)) waiter.settle(connected);
    serveWaiters(key, hop);
    return connected;
  };

  const serveWaiters = (key: string, hop: Hop): void => {
    while (hop.busy < options.maxPerHop && hop.waiters.length > 0) {
      const waiter = hop.waiters.shift();
      if (waiter) void openFor(hop, waiter.request).then(waiter.settle);
    }
    forgetIfEmpty(key, hop);
  };

  return {
    acquire: async (request) => {
      if (closed) return err(SHUTTING_DOWN);
      const { key } = request;
      const hop = hopOf(key);
      const idle = takeIdle(hop);
      if (idle) {
        hop.busy += 1;
        return ok(lease(key, hop, idle, true));
      }
      if (hop.busy < options.maxPerHop) return openFor(hop, request);
      return new Promise((settle) => hop.waiters.push({ request, settle }));
    },
    close: () => {
      closed = true;
      for (const [key, hop] of hops) {
        for (const waiter of hop.waiters.splice(0)) waiter.settle(err(SHUTTING_DOWN));
        for (const { connected, cancel } of hop.idle.splice(0)) {
          cancel();
          connected.session.quit();
        }
        forgetIfEmpty(key, hop);
      }
    },
  };
}

const SHUTTING_DOWN: Outcome = {
  kind: "deferred",
  status: "4.3.2",
  diagnostic: "this server is shutting down",
};
