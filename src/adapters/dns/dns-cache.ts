import { type Instant, plusMs } from "../../core/instant.ts";

/** Answers that are kept for as long as they are good, at most so many; the one unused longest makes room. */
export interface DnsCache<T> {
  get(key: string, now: Instant): { readonly value: T; readonly ttlSeconds: number } | undefined;
  set(key: string, value: T, ttlSeconds: number, now: Instant): void;
}

/** Makes an empty cache for `maxEntries` answers, none kept longer than `maxTtlSeconds`. */
export function dnsCache<T>(maxEntries: number, maxTtlSeconds: number): DnsCache<T> {
  const entries = new Map<string, { value: T; until: Instant }>();
  return {
    get: (key, now) => {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (entry.until <= now) return undefined;
      // A Map keeps the order of insertion: put back at the end, the first is always the one unused longest.
      entries.set(key, entry);
      return { value: entry.value, ttlSeconds: Math.ceil((entry.until - now) / 1000) };
    },
    set: (key, value, ttlSeconds, now) => {
      entries.delete(key);
      if (ttlSeconds <= 0) return;
      entries.set(key, { value, until: plusMs(now, Math.min(ttlSeconds, maxTtlSeconds) * 1000) });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
  };
}
