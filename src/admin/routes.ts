import { Type } from "typebox";
import { parseDomain } from "../core/domain.ts";
import { parseIp } from "../core/ip-address.ts";
import { ok, type Result } from "../core/result.ts";
import { NoInput, PasswordText } from "./input-types.ts";
import { outputOf } from "./read-input.ts";
import { invalid, type Refusal } from "./refusal.ts";
import { defineUseCase } from "./use-case.ts";

const PatternText = Type.String({ minLength: 1, maxLength: 254 });
const TLS = ["none", "may", "require", "verify"] as const;

/** Sends mail for some domains to a smart host instead of to their MX. */
export const routeAdd = defineUseCase({
  name: "route.add",
  summary: "Send mail for a domain, or for all, to a smart host",
  input: Type.Object({
    to: PatternText,
    host: Type.String({ minLength: 1, maxLength: 262 }),
    tls: Type.Optional(Type.Enum([...TLS])),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 254 })),
    password: Type.Optional(PasswordText),
  }),
  changes: true,
  async run({ routes, wakeQueue }, input) {
    const to = readPattern(input.to);
    if (!to.ok) return to;
    const hop = readHost(input.host);
    if (!hop.ok) return hop;
    const { user, password } = input;
    if ((user === undefined) !== (password === undefined)) {
      return invalid("user", "a login needs both a user and a password");
    }
    const login = user === undefined || password === undefined ? {} : { login: { user, password } };
    const route = { to: to.value, ...hop.value, tls: input.tls ?? ("may" as const) };
    const result = await routes.add({ ...route, ...login });
    if (result.ok) wakeQueue();
    return outputOf(result, { ...route, ...(user === undefined ? {} : { user }) });
  },
});

/** `*`, a domain, or `.domain` for all below it. */
function readPattern(text: string): Result<string, Refusal> {
  const pattern = text.trim().toLowerCase();
  if (pattern === "*") return ok(pattern);
  const dot = pattern.startsWith(".") ? "." : "";
  const domain = parseDomain(pattern.slice(dot.length));
  return domain
    ? ok(`${dot}${domain}`)
    : invalid("to", `"${text}" is no destination; write example.test, .example.test for all below it, or *`);
}

/** `host`, `host:port`, `192.0.2.1:port`, `[2001:db8::1]:port`; port 25 where none is given. */
function readHost(text: string): Result<{ host: string; port: number }, Refusal> {
  const trimmed = text.trim();
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(trimmed);
  const name = match?.[1] ?? match?.[2] ?? trimmed;
  const host = parseIp(name)?.text ?? (match?.[1] === undefined ? parseDomain(name) : undefined);
  const port = Number(match?.[3] ?? 25);
  return host !== undefined && port >= 1 && port <= 65_535
    ? ok({ host, port })
    : invalid("host", `"${text}" is no host; write relay.example.test:587, 192.0.2.1:25 or [2001:db8::1]:25`);
}

/** All routes; passwords are never shown. */
export const routeList = defineUseCase({
  name: "route.list",
  summary: "List the routes to smart hosts",
  input: NoInput,
  changes: false,
  async run({ routes }) {
    const list = await routes.list();
    return ok(list.map(({ login, ...route }) => ({ ...route, ...(login ? { user: login.user } : {}) })));
  },
});

/** Takes a route away; mail goes to the MX again. */
export const routeRemove = defineUseCase({
  name: "route.remove",
  summary: "Remove a route; mail goes to the domain's own servers again",
  input: Type.Object({ to: PatternText }),
  changes: true,
  async run({ routes, wakeQueue }, input) {
    const to = readPattern(input.to);
    if (!to.ok) return to;
    const result = await routes.remove(to.value);
    if (result.ok) wakeQueue();
    return outputOf(result, { removed: to.value });
  },
});
