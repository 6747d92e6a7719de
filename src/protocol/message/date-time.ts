import type { Instant } from "../../core/instant.ts";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Writes a point in time as mail headers have it (RFC 5322 3.3), in UTC: `Thu, 26 Nov 2026 09:05:00 +0000`.
 * Whole seconds; what is left of the second is dropped.
 */
export function formatDate(at: Instant): string {
  const date = new Date(at);
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`;
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  // RFC 5322 3.3: +0000 says that the zone is UTC; -0000 would say that nothing is known of it.
  return `${day} ${year} ${time} +0000`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
