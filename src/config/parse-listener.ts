import { parseIp } from "../core/ip-address.ts";
import { type IpRange, parseIpRange } from "../core/ip-range.ts";
import { DEFAULT_AUTH } from "./defaults.ts";
import type { ListenerAuth, ListenerConfig, ListenerProtocol } from "./server-config.ts";
import type { Found, Report, TableReader } from "./table-reader.ts";

const PROTOCOLS = ["smtp", "submission", "submissions", "pop3", "pop3s", "http"] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/** Reads one `[[listeners]]` table; `undefined` where something is missing without which it is none. */
export function parseListener(table: TableReader, report: Report): ListenerConfig | undefined {
  const name = readName(table, report);
  const protocol = readProtocol(table, report);
  const address = readAddress(table, report);
  const port = readPort(table, report);
  const auth = readAuth(table, protocol, report);
  const allowCleartextAuth = table.flag("allowCleartextAuth", false);
  const trustedProxies = readTrustedProxies(table, report);
  table.finish();
  if (name === undefined || protocol === undefined || !address || port === undefined) return undefined;
  const common = { name, address, port, allowCleartextAuth, trustedProxies };
  return protocol === "pop3" || protocol === "pop3s"
    ? { ...common, protocol }
    : { ...common, protocol, auth: auth ?? DEFAULT_AUTH[protocol] };
}

function readAuth(
  table: TableReader,
  protocol: ListenerProtocol | undefined,
  report: Report,
): ListenerAuth | undefined {
  const auth = table.oneOf("auth", ["never", "optional", "required"]);
  if (auth !== undefined && (protocol === "pop3" || protocol === "pop3s")) {
    const wrong = `is "${auth}", but a ${protocol} listener always asks for a login`;
    report(`${table.path}.auth`, wrong, "take this line out");
  }
  return auth;
}

/** A text that must be there. */
function required(table: TableReader, key: string, todo: string, report: Report): Found<string> | undefined {
  const present = table.text(key);
  if (!present && !table.has(key)) report(table.path, `has no ${key}`, todo);
  return present;
}

function readName(table: TableReader, report: Report): string | undefined {
  const name = required(table, "name", 'write name = "mx", or any other short name', report);
  if (!name) return undefined;
  if (NAME.test(name.value)) return name.value;
  const wrong = `is "${name.value.slice(0, 40)}", which is no name for a listener`;
  report(name.key, wrong, "write up to 32 letters, digits, dots, dashes and underscores");
  return undefined;
}

function readProtocol(table: TableReader, report: Report): ListenerProtocol | undefined {
  const todo = 'write protocol = "smtp", "submission", "submissions", "pop3" or "pop3s"';
  if (!table.has("protocol")) report(table.path, "has no protocol", todo);
  const protocol = table.oneOf("protocol", PROTOCOLS);
  if (protocol !== "http") return protocol;
  const wrong = `is "${protocol}", which this version of Postern does not serve`;
  report(`${table.path}.protocol`, wrong, "take this listener out until a version that does");
  return undefined;
}

function readAddress(table: TableReader, report: Report): ListenerConfig["address"] | undefined {
  const todo = 'write "127.0.0.1" for this machine only, "0.0.0.0" or "::" for all its addresses';
  const address = required(table, "address", todo, report);
  if (!address) return undefined;
  const ip = parseIp(address.value);
  if (!ip) report(address.key, `is "${address.value.slice(0, 60)}", which is no IP address`, todo);
  return ip;
}

function readPort(table: TableReader, report: Report): number | undefined {
  if (table.has("port")) return table.integer("port", { min: 0, max: 65_535 }, 0);
  report(table.path, "has no port", "write port = 25, or port = 0 to take a free one");
  return undefined;
}

function readTrustedProxies(table: TableReader, report: Report): readonly IpRange[] {
  const ranges: IpRange[] = [];
  for (const { value, key } of table.texts("trustedProxies") ?? []) {
    const range = parseIpRange(value);
    if (range.ok) ranges.push(range.value);
    else report(key, `is not a range: ${range.error}`, "write an address, a CIDR block or first-last");
  }
  return ranges;
}
