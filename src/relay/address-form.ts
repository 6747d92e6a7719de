import type { EmailAddress } from "../core/email-address.ts";

/**
 * Routing forms inside a local part (`user%host`, `host!user`, a second `@`) were once followed by servers and have
 * turned many a closed server into an open relay. They are refused before anything else is asked (SPEC R-1).
 * @returns what is wrong in words, or `undefined` for a plain local part.
 */
export function routingForm(address: EmailAddress): string | undefined {
  if (address.local.includes("@")) return "a second @ in the local part";
  if (address.local.includes("%")) return "a % route in the local part";
  if (address.local.includes("!")) return "a ! route in the local part";
  return undefined;
}
