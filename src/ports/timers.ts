/** Wakes code up later. Injected, so that tests turn the clock instead of sleeping. */
export interface Timers {
  /**
   * Calls `then` once, `afterMs` milliseconds from now.
   * @returns a function that cancels it; calling that late or twice does nothing.
   */
  set(afterMs: number, then: () => void): () => void;
}
