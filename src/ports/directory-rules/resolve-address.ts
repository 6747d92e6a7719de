import { parseDomain } from "../../core/domain.ts";
import { addressKey, type EmailAddress, isLiteral, parseAddress } from "../../core/email-address.ts";
import type { Resolution, SenderRight, Target } from "../../relay/facts.ts";
import { StoreUnavailable } from "../queue-store.ts";
import type { DirectoryLists, DirectoryLookup } from "./directory-tables.ts";

/** How many addresses and groups may lie between a recipient and a mailbox. */
const MAX_DEPTH = 10;
/** The most places one recipient may lead to. */
export const MAX_TARGETS = 10_000;

/** What an address is in itself, before anything is followed. */
export type Entry =
  | { readonly via: "mailbox"; readonly mailbox: string }
  | {
      readonly via: "address" | "group" | "catch-all";
      /** Whose mail it is: the name of the address or group, `@domain` for a catch-all. */
      readonly name: string;
      readonly targets: readonly string[];
    };

/**
 * Where mail for an address goes (SPEC R-1). An address that leads nowhere, such as a group without members, is no
 * recipient: accepted, its mail would be lost. One that leads too far throws {@link StoreUnavailable}, so that nobody
 * gets a part of the mail.
 */
export function resolveAddress(
  lookup: DirectoryLookup,
  address: EmailAddress,
  options: { catchAll: boolean },
): Resolution {
  if (isLiteral(address.domain) || !lookup.domain(address.domain)) return { kind: "remote" };
  const entry = findEntry(lookup, address, options);
  if (!entry) return { kind: "no-such-recipient" };
  if (entry.via === "mailbox") {
    return { kind: "local", via: "mailbox", targets: [{ kind: "mailbox", mailbox: entry.mailbox }] };
  }
  const found = new Map<string, Target>();
  follow(lookup, entry, { found, seen: new Set([entry.name]), depth: 1, from: entry.name });
  if (found.size === 0) return { kind: "no-such-recipient" };
  return { kind: "local", via: entry.via, targets: [...found.values()] };
}

/** Where a bare `<Postmaster>` leads. Without any domain there is nobody to read it. */
export function resolvePostmaster(tables: DirectoryLookup & DirectoryLists): Resolution {
  const domain = parseDomain(tables.domains()[0]?.domain ?? "");
  return domain
    ? resolveAddress(tables, { local: "postmaster", domain }, { catchAll: true })
    : { kind: "no-such-recipient" };
}

/** What an address of a domain hosted here is: the first of mailbox, address, group; postmaster; catch-all. */
export function findEntry(
  lookup: DirectoryLookup,
  address: EmailAddress,
  options: { catchAll: boolean },
): Entry | undefined {
  const hosted = lookup.domain(address.domain);
  if (!hosted) return undefined;
  const key = addressKey(address);
  const plainKey = withoutTag(key);
  const named = findNamed(lookup, key) ?? (plainKey === key ? undefined : findNamed(lookup, plainKey));
  if (named) return named;
  // RFC 5321 4.5.1: mail for postmaster is always taken.
  if (plainKey === `postmaster@${address.domain}`) {
    const mailbox = lookup.firstMailbox(hosted.postoffice) ?? lookup.firstMailbox() ?? plainKey;
    return { via: "mailbox", mailbox };
  }
  if (!options.catchAll || hosted.catchAll === undefined) return undefined;
  return { via: "catch-all", name: `@${address.domain}`, targets: [hosted.catchAll] };
}

/** What `account` may do with `address` as a sender: what leads to its mailbox is its own. */
export function senderRightOf(lookup: DirectoryLookup, account: string, address: EmailAddress): SenderRight {
  const known = lookup.account(account);
  if (!known || isLiteral(address.domain)) return "foreign";
  const resolution = resolveAddress(lookup, address, { catchAll: true });
  if (resolution.kind === "remote") return "foreign";
  const own =
    resolution.kind === "local" &&
    resolution.targets.some((target) => target.kind === "mailbox" && target.mailbox === known.key);
  if (own) return "own";
  return lookup.domain(address.domain)?.postoffice === known.postoffice ? "postoffice" : "foreign";
}

/** A key without its tag: `alice+news@example.test` is `alice@example.test` (RFC 5233 has the separator free). */
function withoutTag(key: string): string {
  const at = key.lastIndexOf("@");
  const plus = key.indexOf("+");
  return plus > 0 && plus < at ? key.slice(0, plus) + key.slice(at) : key;
}

function findNamed(lookup: DirectoryLookup, key: string): Entry | undefined {
  if (lookup.hasMailbox(key)) return { via: "mailbox", mailbox: key };
  const recipient = lookup.recipient(key);
  return recipient && { via: recipient.kind, name: key, targets: recipient.targets };
}

interface Walk {
  /** Places by their key, each once. */
  readonly found: Map<string, Target>;
  /** Names that have been followed: a circle ends here. */
  readonly seen: Set<string>;
  readonly depth: number;
  /** The recipient that was asked for, for messages. */
  readonly from: string;
}

function follow(lookup: DirectoryLookup, entry: Exclude<Entry, { via: "mailbox" }>, walk: Walk): void {
  if (walk.depth > MAX_DEPTH) {
    throw new StoreUnavailable(`${walk.from} leads through more than ${MAX_DEPTH} addresses and groups.`);
  }
  for (const text of entry.targets) {
    const address = parseAddress(text);
    if (!address) throw new StoreUnavailable(`${entry.name} leads to "${text}", which is no address.`);
    if (!lookup.domain(address.domain)) {
      addTarget(walk, addressKey(address), { kind: "remote", address, chargedTo: entry.name });
      continue;
    }
    const next = findEntry(lookup, address, { catchAll: true });
    if (next?.via === "mailbox") {
      addTarget(walk, next.mailbox, { kind: "mailbox", mailbox: next.mailbox });
    } else if (next && !walk.seen.has(next.name)) {
      walk.seen.add(next.name);
      follow(lookup, next, { ...walk, depth: walk.depth + 1 });
    }
  }
}

function addTarget(walk: Walk, key: string, target: Target): void {
  if (walk.found.has(key)) return;
  if (walk.found.size >= MAX_TARGETS) {
    throw new StoreUnavailable(`${walk.from} leads to more than ${MAX_TARGETS} places.`);
  }
  walk.found.set(key, target);
}
