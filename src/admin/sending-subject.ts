import { addressKey, parseAddress } from "../core/email-address.ts";
import { parseIp } from "../core/ip-address.ts";
import { ok, type Result } from "../core/result.ts";
import { nameKey } from "./read-input.ts";
import { invalid, type Refusal } from "./refusal.ts";

const HELP =
  "write account:*, account:alice@example.test, postoffice:acme, privileged:3 or grant:192.0.2.7; with * it is for all of a kind";

/** Reads whom limits are for; a plain address is an account. */
export function readSubject(text: string): Result<string, Refusal> {
  const trimmed = text.trim();
  const colon = trimmed.indexOf(":");
  const isAddress = trimmed.includes("@") && (colon < 0 || colon > trimmed.indexOf("@"));
  const kind = isAddress ? "account" : trimmed.slice(0, colon);
  const name = isAddress ? trimmed : trimmed.slice(colon + 1);
  const key = KINDS[kind]?.(name);
  if (key === undefined) return invalid("subject", `"${text}" is nobody that could be limited; ${HELP}`);
  return ok(`${kind}:${key}`);
}

const KINDS: Readonly<Record<string, (name: string) => string | undefined>> = {
  account(name) {
    if (name === "*") return name;
    const address = parseAddress(name);
    if (address) return addressKey(address);
    // A service account is no mailbox and has a name without a domain.
    return /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) ? nameKey(name) : undefined;
  },
  postoffice: (name) => (name === "" ? undefined : nameKey(name)),
  privileged: (name) => (name === "*" || /^\d{1,15}$/.test(name) ? name : undefined),
  grant: (name) => (name === "*" ? name : parseIp(name)?.text),
};
