/** How many bytes of memory all bodies on their way in may hold together. */
export interface MemoryBudget {
  /** Takes so many bytes, and says whether that stays within the budget. */
  take(bytes: number): boolean;
  /** Gives back what was taken. */
  give(bytes: number): void;
}

/** A budget of which nothing is taken. */
export function memoryBudget(maxBytes: number): MemoryBudget {
  let taken = 0;
  return {
    take(bytes) {
      taken += bytes;
      return taken <= maxBytes;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}
