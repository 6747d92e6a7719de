import { parse, TomlError } from "smol-toml";
import { type Domain, parseDomain } from "../core/domain.ts";
import { parseIp } from "../core/ip-address.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { ConfigProblem } from "./config-problem.ts";
import { DEFAULT_LIMITS, DEFAULT_QUEUE } from "./defaults.ts";
import { keyLines } from "./key-lines.ts";
import { parseAuthentication } from "./parse-authentication.ts";
import { parseListener } from "./parse-listener.ts";
import type {
  DnsServer,
  LimitsConfig,
  ListenerConfig,
  QueueConfig,
  ServerConfig,
  TlsFiles,
} from "./server-config.ts";
import { type Report, readDurationMs, type TableReader, tableReader } from "./table-reader.ts";

/** More than any honest `postern.toml`; a file beyond it is not parsed. */
const MAX_CHARACTERS = 1_000_000;

/**
 * Reads `postern.toml` (SPEC §5). All problems are told at once, each with its line, in the order of the file.
 * @param file the name of the file as the person knows it, for the messages.
 */
export function parseServerConfig(text: string, file: string): Result<ServerConfig, ConfigProblem[]> {
  if (text.length > MAX_CHARACTERS) {
    const wrong = `the file has more than ${MAX_CHARACTERS} characters`;
    return err([{ file, wrong, todo: "see whether it is the right file" }]);
  }
  const parsed = parseToml(text, file);
  if (!parsed.ok) return err([parsed.error]);
  const lines = keyLines(text);
  const problems: ConfigProblem[] = [];
  const report: Report = (key, wrong, todo) => {
    const line = lines.get(key);
    problems.push({ file, ...(line === undefined ? {} : { line }), key, wrong, todo });
  };
  const config = readConfig(tableReader(parsed.value, "", report), report);
  if (config && problems.length === 0) return ok(config);
  return err(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)));
}

function parseToml(text: string, file: string): Result<Readonly<Record<string, unknown>>, ConfigProblem> {
  try {
    return ok(parse(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
    return err({
      file,
      line: error.line,
      wrong: `this is not TOML, at column ${error.column}: ${what}`,
      todo: "correct the line; the rest of the file has not been read",
    });
  }
}

function readConfig(top: TableReader, report: Report): ServerConfig | undefined {
  const hostname = readHostname(top, report);
  const storage = top.table("storage");
  if (storage) readStorage(storage, report);
  const listeners = readListeners(top, report);
  const tls = readTls(top, report);
  const limits = readLimits(top.table("limits"));
  const servers = readDnsServers(top.table("dns"), report);
  const queue = readQueue(top.table("queue"), report);
  const authentication = parseAuthentication(top.table("authentication"), report);
  top.finish();
  if (hostname === undefined) return undefined;
  return {
    hostname,
    storage: { engine: "sqlite" },
    listeners,
    ...(tls ? { tls } : {}),
    limits,
    dns: { servers },
    queue,
    authentication,
  };
}

function readHostname(top: TableReader, report: Report): Domain | undefined {
  const todo = 'write the full name that other servers know this one by, as in hostname = "mx.example.test"';
  if (!top.has("hostname")) report("hostname", "is missing", todo);
  const hostname = top.text("hostname");
  if (!hostname) return undefined;
  const domain = parseDomain(hostname.value);
  if (!domain) report(hostname.key, `is "${hostname.value.slice(0, 60)}", which is no host name`, todo);
  return domain;
}

function readStorage(storage: TableReader, report: Report): void {
  if (storage.oneOf("engine", ["sqlite", "postgres"]) === "postgres") {
    // Known, so that its address is not called unknown on top.
    storage.text("url");
    const wrong = 'is "postgres", which this version of Postern does not have';
    report(`${storage.path}.engine`, wrong, 'write engine = "sqlite", which needs nothing installed');
  }
  storage.finish();
}

function readListeners(top: TableReader, report: Report): readonly ListenerConfig[] {
  const tables = top.tables("listeners");
  if (tables.length === 0 && !top.has("listeners")) {
    report("listeners", "are missing", "write at least one, beginning with [[listeners]]");
  }
  const listeners: ListenerConfig[] = [];
  for (const table of tables) {
    const listener = parseListener(table, report);
    if (!listener) continue;
    reportClash(listener, listeners, table.path, report);
    if (!top.has("tls")) reportMissingTls(listener, table.path, report);
    listeners.push(listener);
  }
  return listeners;
}

function reportClash(
  listener: ListenerConfig,
  earlier: readonly ListenerConfig[],
  path: string,
  report: Report,
): void {
  if (earlier.some((each) => each.name === listener.name)) {
    report(`${path}.name`, `is "${listener.name}", as an earlier listener's`, "give each its own name");
  }
  const taken = earlier.find(
    (each) => each.port === listener.port && each.port !== 0 && each.address.text === listener.address.text,
  );
  if (taken) {
    const wrong = `is ${listener.port}, which "${taken.name}" has on the same address`;
    report(`${path}.port`, wrong, "give each its own port");
  }
}

function readTls(top: TableReader, report: Report): TlsFiles | undefined {
  const table = top.table("tls");
  if (!table) return undefined;
  const certificate = table.text("certificate");
  const key = table.text("key");
  for (const name of ["certificate", "key"] as const) {
    if (!table.has(name)) {
      const file = name === "key" ? "tls/key.pem" : "tls/cert.pem";
      report("tls", `has no ${name}`, `write ${name} = "${file}", relative to the data folder`);
    }
  }
  table.finish();
  return { certificate: certificate?.value ?? "", key: key?.value ?? "" };
}

function reportMissingTls(listener: ListenerConfig, path: string, report: Report): void {
  const { protocol } = listener;
  if (protocol !== "submissions" && protocol !== "pop3s") return;
  const wrong = `is "${protocol}", which begins with TLS, but there is no [tls]`;
  report(`${path}.protocol`, wrong, "add [tls] with certificate and key");
}

function readLimits(table: TableReader | undefined): LimitsConfig {
  if (!table) return DEFAULT_LIMITS;
  const fallback = DEFAULT_LIMITS;
  const count = (key: keyof LimitsConfig, min: number, max: number): number =>
    table.integer(key, { min, max }, fallback[key]);
  const limits: LimitsConfig = {
    // RFC 5321 4.5.3.1.7: at least 64 KiB.
    maxMessageBytes: count("maxMessageBytes", 65_536, 2_147_483_647),
    // RFC 5321 4.5.3.1.8: at least 100.
    maxRecipients: count("maxRecipients", 100, 100_000),
    maxConnections: count("maxConnections", 1, 100_000),
    maxConnectionsPerClient: count("maxConnectionsPerClient", 1, 100_000),
    maxErrors: count("maxErrors", 1, 1000),
    // RFC 5321 6.3: a threshold of at least 100.
    maxHops: count("maxHops", 100, 1000),
    commandTimeoutMs: table.durationMs("commandTimeout", { min: "1s", max: "1h" }, fallback.commandTimeoutMs),
    sessionTimeoutMs: table.durationMs(
      "sessionTimeout",
      { min: "10s", max: "7d" },
      fallback.sessionTimeoutMs,
    ),
    minFreeBytes: count("minFreeBytes", 0, Number.MAX_SAFE_INTEGER),
    maxQueuedMessages: count("maxQueuedMessages", 1, 1_000_000_000),
  };
  table.finish();
  return limits;
}

function readDnsServers(table: TableReader | undefined, report: Report): readonly DnsServer[] {
  const servers: DnsServer[] = [];
  for (const { value, key } of table?.texts("servers") ?? []) {
    const server = parseDnsServer(value);
    if (server) servers.push(server);
    else {
      const wrong = `is "${value.slice(0, 60)}", which is no address of a resolver`;
      report(key, wrong, 'write "192.0.2.53", or "192.0.2.53:5353" and "[2001:db8::53]:5353" with a port');
    }
  }
  table?.finish();
  return servers;
}

function parseDnsServer(text: string): DnsServer | undefined {
  const bare = parseIp(text);
  if (bare) return { address: bare, port: 53 };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = parseIp(match?.[1] ?? match?.[2] ?? "");
  const port = Number(match?.[3]);
  return address && port >= 1 && port <= 65_535 ? { address, port } : undefined;
}

function readQueue(table: TableReader | undefined, report: Report): QueueConfig {
  if (!table) return DEFAULT_QUEUE;
  const fallback = DEFAULT_QUEUE;
  const queue: QueueConfig = {
    retryMs: readRetryMs(table, report) ?? fallback.retryMs,
    lifetimeMs: table.durationMs("lifetime", { min: "1m", max: "30d" }, fallback.lifetimeMs),
    delayWarningMs: table.durationMs("delayWarning", { min: "1m", max: "30d" }, fallback.delayWarningMs),
    concurrency: table.integer("concurrency", { min: 1, max: 1000 }, fallback.concurrency),
    concurrencyPerDestination: table.integer(
      "concurrencyPerDestination",
      { min: 1, max: 1000 },
      fallback.concurrencyPerDestination,
    ),
  };
  table.finish();
  return queue;
}

/** The waiting times, or `undefined` where none are written or they are wrong. */
function readRetryMs(table: TableReader, report: Report): QueueConfig["retryMs"] | undefined {
  const texts = table.texts("retry");
  if (texts?.length === 0) {
    report(`${table.path}.retry`, "is empty", 'write retry = ["15m", "30m", "1h", "4h"]');
  }
  const times = texts?.flatMap(({ value, key }) => {
    return readDurationMs(value, { min: "1s", max: "7d" }, key, report) ?? [];
  });
  const [first, ...rest] = times ?? [];
  return first === undefined ? undefined : [first, ...rest];
}
