import { type Clock, type Instant, instant, plusMs } from "../../core/instant.ts";
import type { Timers } from "../../ports/timers.ts";

/** A clock that stands until it is turned, and the timers that go by it. */
export interface ManualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Turns the clock on and rings the timers that fall due, in their order. */
  advance(byMs: number): void;
  /** How many timers are set. */
  pending(): number;
}

/** Time for tests: nothing happens by itself, everything at once. */
export function manualTime(start: Instant = instant(Date.UTC(2026, 10, 24))): ManualTime {
  let now = start;
  const alarms = new Set<{ at: Instant; ring: () => void }>();
  const nextUntil = (end: Instant) =>
    [...alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  return {
    clock: () => now,
    timers: {
      set: (afterMs, ring) => {
        const alarm = { at: plusMs(now, afterMs), ring };
        alarms.add(alarm);
        return () => alarms.delete(alarm);
      },
    },
    advance: (byMs) => {
      const end = plusMs(now, byMs);
      for (let alarm = nextUntil(end); alarm; alarm = nextUntil(end)) {
        alarms.delete(alarm);
        now = alarm.at;
        alarm.ring();
      }
      now = end;
    },
    pending: () => alarms.size,
  };
}
