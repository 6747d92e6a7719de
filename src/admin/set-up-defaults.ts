import { parseDomain } from "../core/domain.ts";

/** What a new server is called and who is in it first. */
export interface SetUpNames {
  readonly hostname: string;
  readonly domain: string;
  readonly postoffice: string;
  /** The first mailbox, whole: `alice@example.test`. */
  readonly mailbox: string;
  readonly administrator: string;
}

/** Where the machine has no name of its own; `.test` belongs to nobody (RFC 2606 2). */
const FALLBACK_HOSTNAME = "mail.example.test";

/** The host name to offer: the machine's, where it is a full name. */
export function defaultHostname(machineName: string): string {
  const name = parseDomain(machineName);
  return name?.includes(".") ? name : FALLBACK_HOSTNAME;
}

/** The domain that a mail server of this name most likely serves: `mx.example.test` serves `example.test`. */
export function defaultDomain(hostname: string): string {
  const parent = hostname.slice(hostname.indexOf(".") + 1);
  return parent.includes(".") ? parent : hostname;
}

/** The names of everything that setup makes, from host name and domain. */
export function defaultNames(hostname: string, domain = defaultDomain(hostname)): SetUpNames {
  const [label = "main"] = domain.split(".");
  return { hostname, domain, postoffice: label, mailbox: `alice@${domain}`, administrator: "admin" };
}
