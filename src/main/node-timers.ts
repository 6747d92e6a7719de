import type { Timers } from "../ports/timers.ts";

/** The process's own timers. */
export const nodeTimers: Timers = {
  set(afterMs, then) {
    const timer = setTimeout(then, afterMs);
    return () => clearTimeout(timer);
  },
};
