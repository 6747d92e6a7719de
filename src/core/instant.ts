import type { Brand } from "./brand.ts";

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, "Instant">;

/** The source of the present. Code takes an {@link Instant} or a clock as an argument, never `Date.now()`. */
export type Clock = () => Instant;

/** Takes milliseconds since the epoch, as a store or a test has them. */
export function instant(ms: number): Instant {
  return ms as Instant;
}

/** The instant `ms` milliseconds after `at` (before it, where negative). */
export function plusMs(at: Instant, ms: number): Instant {
  return (at + ms) as Instant;
}

const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a duration as people write it: `15m`, `1h`, `30s`, `5d`, `250ms`.
 * @returns milliseconds, or `undefined` where the text is not of that form.
 */
export function parseDurationMs(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? ""];
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

/** Writes milliseconds in the largest unit that leaves a whole number: 900000 is `15m`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    const size = UNIT_MS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
