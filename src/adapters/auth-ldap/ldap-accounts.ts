import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { Client, ResultCodeError } from "ldapts";
import type { HostAccounts, HostAnswer, HostQuestion } from "../../ports/host-accounts.ts";
import type { Timers } from "../../ports/timers.ts";
import { escapeFilterValue, fillBindName, fillTemplate, type TemplateValues } from "./ldap-escape.ts";

/** Where the directory is and how a person is found in it. */
export interface LdapOptions {
  readonly url: URL;
  /** Certificates, PEM, that the server's must come from; absent: those that Node knows. */
  readonly ca?: string;
  readonly allowCleartext: boolean;
  readonly find:
    | { readonly by: "bind"; readonly bindName: string }
    | {
        readonly by: "search";
        readonly base: string;
        readonly filter: string;
        readonly reader?: { readonly name: string; readonly password: string };
      };
  /** For a whole question. */
  readonly timeoutMs: number;
  /** Connections at a time; a question that comes on top is not answered. */
  readonly maxConnections: number;
  readonly timers: Timers;
}

// RFC 4511 4.1.9: invalidCredentials, inappropriateAuthentication (the entry has no password), noSuchObject.
const WRONG: ReadonlySet<number> = new Set([49, 48, 32]);

/**
 * Checks passwords by binding to an LDAP directory or Active Directory, with a connection for each question, so that no
 * bind outlives its question. Passwords go over TLS only, unless the configuration allows otherwise.
 */
export function ldapAccounts(options: LdapOptions): HostAccounts {
  const { timers, timeoutMs, maxConnections } = options;
  let open = 0;

  async function ask(client: Client, question: HostQuestion): Promise<HostAnswer> {
    if (options.url.protocol === "ldap:" && !options.allowCleartext)
      await client.startTLS(tlsOptions(options));
    const values = { user: question.user, domain: question.domain ?? "", mailbox: question.mailbox };
    const name = await bindName(client, options, values);
    if (name.kind !== "name") return name;
    const right = await bind(client, name.name, question.password);
    return right && name.exists ? { kind: "right" } : { kind: "wrong" };
  }

  return {
    async check(question) {
      // RFC 4513 5.1.2: a bind with a name and no password succeeds and proves nothing.
      if (question.password === "") return { kind: "wrong" };
      if (open >= maxConnections) return unavailable(`${open} questions are open already`);
      open += 1;
      const client = new Client({
        url: `${options.url.protocol}//${options.url.host}`,
        timeout: timeoutMs,
        connectTimeout: timeoutMs,
        ...(options.url.protocol === "ldaps:" ? { tlsOptions: tlsOptions(options) } : {}),
      });
      const late = Promise.withResolvers<HostAnswer>();
      const cancel = timers.set(timeoutMs, () =>
        late.resolve(unavailable(`no answer within ${timeoutMs} ms`)),
      );
      const asked = ask(client, question).catch((error: unknown) => unavailable(detailOf(error)));
      // A connection counts until its question is over, even where nobody waits for it any more.
      void asked.finally(() => {
        open -= 1;
        void client.unbind().catch(() => undefined);
      });
      try {
        return await Promise.race([asked, late.promise]);
      } finally {
        cancel();
      }
    },
    close() {},
  };
}

/** The name to bind with; `exists` is false for a stand-in, whose bind takes the time that a real one does. */
type BindName = { readonly kind: "name"; readonly name: string; readonly exists: boolean };

async function bindName(
  client: Client,
  { find }: LdapOptions,
  values: TemplateValues,
): Promise<BindName | Extract<HostAnswer, { kind: "unavailable" }>> {
  if (find.by === "bind") return { kind: "name", name: fillBindName(find.bindName, values), exists: true };
  if (find.reader) await client.bind(find.reader.name, find.reader.password);
  const filter = fillTemplate(find.filter, values, escapeFilterValue);
  const { searchEntries } = await client.search(find.base, {
    scope: "sub",
    filter,
    // RFC 4511 4.5.1.8: no attributes; the DN is all that is wanted.
    attributes: ["1.1"],
    sizeLimit: 2,
  });
  const [entry, another] = searchEntries;
  if (another) return unavailable("more than one entry answers to this login");
  return entry
    ? { kind: "name", name: entry.dn, exists: true }
    : { kind: "name", name: find.base, exists: false };
}

async function bind(client: Client, name: string, password: string): Promise<boolean> {
  try {
    await client.bind(name, password);
    return true;
  } catch (error) {
    if (error instanceof ResultCodeError && WRONG.has(error.code)) return false;
    throw error;
  }
}

function tlsOptions({ url, ca }: LdapOptions): ConnectionOptions {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    // RFC 6066 3: no addresses in SNI.
    ...(isIP(host) ? {} : { servername: host }),
    minVersion: "TLSv1.2",
    ...(ca === undefined ? {} : { ca }),
  };
}

function unavailable(detail: string): Extract<HostAnswer, { kind: "unavailable" }> {
  return { kind: "unavailable", detail: `LDAP: ${detail}` };
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
