import { parseDomain } from "../core/domain.ts";
import type { AuthenticationConfig, HostDomainConfig, LdapConfig } from "./server-config.ts";
import type { Report, TableReader } from "./table-reader.ts";

/** The PAM service where `[authentication]` says nothing. */
const DEFAULT_PAM_SERVICE = "postern";
const DEFAULT_LDAP_TIMEOUT_MS = 5000;

// It becomes the name of a file in /etc/pam.d, which Linux-PAM looks for in lower case.
const PAM_SERVICE = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
const HOST_DOMAIN = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;

/** Reads `[authentication]`; without it, PAM or Windows are asked and no post office has a domain. */
export function parseAuthentication(table: TableReader | undefined, report: Report): AuthenticationConfig {
  if (!table) return { pamService: DEFAULT_PAM_SERVICE, postoffices: [] };
  const pamService = readPamService(table.table("pam"), report);
  const ldapTable = table.table("ldap");
  const ldap = ldapTable && readLdap(ldapTable, report);
  const postoffices: HostDomainConfig[] = [];
  for (const each of table.tables("postoffices")) {
    const entry = readPostoffice(each, report);
    if (!entry) continue;
    reportRepeated(entry, postoffices, each.path, report);
    postoffices.push(entry);
  }
  table.finish();
  return { pamService, ...(ldap ? { ldap } : {}), postoffices };
}

function readPamService(table: TableReader | undefined, report: Report): string {
  const service = table?.text("service");
  table?.finish();
  if (!service) return DEFAULT_PAM_SERVICE;
  if (PAM_SERVICE.test(service.value)) return service.value;
  const wrong = `is "${service.value.slice(0, 60)}", which is no name of a PAM service`;
  report(service.key, wrong, "write the name of a file in /etc/pam.d, without the folder and in lower case");
  return DEFAULT_PAM_SERVICE;
}

function readPostoffice(table: TableReader, report: Report): HostDomainConfig | undefined {
  const name = table.text("name");
  if (!name && !table.has("name"))
    report(table.path, "has no name", 'write name = "acme", as in postoffice list');
  const mail = table.text("mailDomain");
  const todo = 'write the domain of its mailboxes, as in mailDomain = "example.test"';
  if (!mail && !table.has("mailDomain")) report(table.path, "has no mailDomain", todo);
  const mailDomain = mail && parseDomain(mail.value);
  if (mail && !mailDomain) report(mail.key, `is "${mail.value.slice(0, 60)}", which is no domain`, todo);
  const domain = table.text("domain");
  if (domain && !HOST_DOMAIN.test(domain.value)) {
    const wrong = `is "${domain.value.slice(0, 60)}", which is no domain of accounts`;
    report(domain.key, wrong, 'write "CORP" or "corp.example.test"');
  }
  const createMailboxes = table.flag("createMailboxes", false);
  table.finish();
  if (!name || !mailDomain) return undefined;
  const postoffice = name.value.toLowerCase();
  return { postoffice, ...(domain ? { domain: domain.value } : {}), mailDomain, createMailboxes };
}

function reportRepeated(
  entry: HostDomainConfig,
  earlier: readonly HostDomainConfig[],
  path: string,
  report: Report,
): void {
  if (earlier.some(({ postoffice }) => postoffice === entry.postoffice))
    report(
      `${path}.name`,
      `is "${entry.postoffice}", as an earlier one's`,
      "give each post office one entry",
    );
  const domain = entry.domain?.toLowerCase();
  if (domain !== undefined && earlier.some((each) => each.domain?.toLowerCase() === domain))
    report(`${path}.domain`, `is "${entry.domain}", as an earlier one's`, "give each its own domain");
}

function readLdap(table: TableReader, report: Report): LdapConfig | undefined {
  const url = readUrl(table, report);
  const ca = table.text("ca");
  const allowCleartext = table.flag("allowCleartext", false);
  const timeoutMs = table.durationMs("timeout", { min: "100ms", max: "30s" }, DEFAULT_LDAP_TIMEOUT_MS);
  const find = readFind(table, report);
  table.finish();
  if (!url || !find) return undefined;
  return { url, ...(ca ? { ca: ca.value } : {}), allowCleartext, find, timeoutMs };
}

function readUrl(table: TableReader, report: Report): URL | undefined {
  const todo = 'write url = "ldaps://ldap.example.test", or "ldap://…" for StartTLS';
  const text = table.text("url");
  if (!text) {
    if (!table.has("url")) report(table.path, "has no url", todo);
    return undefined;
  }
  const url = URL.canParse(text.value) ? new URL(text.value) : undefined;
  const bare = url && url.hostname !== "" && /^\/?$/.test(url.pathname) && !url.search && !url.username;
  if (bare && (url.protocol === "ldaps:" || url.protocol === "ldap:")) return url;
  report(text.key, `is "${text.value.slice(0, 60)}", which is no address of an LDAP server`, todo);
  return undefined;
}

/** Either `bindName`, or `base` and `filter`. */
function readFind(table: TableReader, report: Report): LdapConfig["find"] | undefined {
  const bindName = template(table, "bindName", report);
  const base = table.text("base");
  const filter = template(table, "filter", report);
  const reader = readReader(table, report);
  if (table.has("bindName") === table.has("base")) {
    const wrong = table.has("base") ? "has both bindName and base" : "has neither bindName nor base";
    report(
      table.path,
      wrong,
      'write bindName = "{user}@{domain}", or base = "dc=…" and filter = "(uid={user})"',
    );
    return undefined;
  }
  if (bindName !== undefined) return { by: "bind", bindName };
  if (!base) return undefined;
  if (!table.has("filter"))
    report(table.path, "has no filter", 'write filter = "(mail={mailbox})" or "(uid={user})"');
  if (filter !== undefined && !/^\(.+\)$/.test(filter))
    report(`${table.path}.filter`, "is not in parentheses", 'write it as in filter = "(mail={mailbox})"');
  return { by: "search", base: base.value, filter: filter ?? "", ...(reader ? { reader } : {}) };
}

/** A text that must name the person who logs in. */
function template(table: TableReader, key: string, report: Report): string | undefined {
  const found = table.text(key);
  if (!found) return undefined;
  const unknown = [...found.value.matchAll(/\{[^}]*\}/g)].find(
    ([name]) => !["{user}", "{domain}", "{mailbox}"].includes(name),
  );
  if (unknown) report(found.key, `has ${unknown[0]}`, "write {user}, {domain} or {mailbox}");
  else if (!/\{(?:user|mailbox)\}/.test(found.value))
    report(
      found.key,
      "names the same account for everybody",
      "write {user} or {mailbox} where the name goes",
    );
  return found.value;
}

function readReader(table: TableReader, report: Report) {
  const name = table.text("searchName");
  const file = table.text("searchPasswordFile");
  if (table.has("searchName") !== table.has("searchPasswordFile")) {
    const wrong = "has one of searchName and searchPasswordFile";
    report(table.path, wrong, "write both, or neither for an anonymous search");
  }
  return name && file ? { name: name.value, passwordFile: file.value } : undefined;
}
