/** Lets only so many jobs run at once, and only so many wait. */
export interface HashGate {
  /** Runs the job now or in its turn; `undefined` at once where the line is full. Rejects as the job does. */
  run<T>(job: () => Promise<T>): Promise<T> | undefined;
}

/**
 * A bound on password hashes: each takes 19 MiB and a thread of the pool that the file system shares. Without it a
 * crowd of guesses would starve the disk; with an endless line it would starve every login.
 */
export function hashGate(maxRunning: number, maxWaiting: number): HashGate {
  const waiting: (() => void)[] = [];
  let running = 0;

  /** Hands the place to the next in line; only where nobody waits does it become free. */
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    run(job) {
      if (running < maxRunning) {
        running += 1;
        return job().finally(leave);
      }
      if (waiting.length >= maxWaiting) return undefined;
      return new Promise<void>((resolve) => waiting.push(resolve)).then(job).finally(leave);
    },
  };
}
