import { getServers } from "node:dns";
import type { Answer } from "dns-packet";
import type { Domain } from "../../core/domain.ts";
import type { Clock } from "../../core/instant.ts";
import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import type { DnsAnswer, MxRecord, Resolver } from "../../ports/resolver.ts";
import type { Timers } from "../../ports/timers.ts";
import { dnsCache } from "./dns-cache.ts";
import { type DnsQuestion, type DnsReading, encodeQuestion, readAnswer } from "./dns-message.ts";
import { askByTcp, askByUdp, type DnsServer, parseDnsServer } from "./dns-transport.ts";

export interface DnsResolverOptions {
  /** Resolving servers in order of preference, as {@link systemDnsServers} finds them. */
  readonly servers: readonly DnsServer[];
  /** For one question to one server. */
  readonly timeoutMs: number;
  /** How many times to go through the servers. */
  readonly tries: number;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A number from 0 up to 1 that nobody can foresee: it makes the ids of the questions (RFC 5452). */
  readonly random: () => number;
}

const MAX_CACHED = 10_000;
const MAX_TTL_SECONDS = 86_400;
const LONGEST_ALIAS_CHAIN = 8;

/** The resolving servers that the host itself uses (`/etc/resolv.conf` where there is one). */
export function systemDnsServers(): DnsServer[] {
  return getServers().flatMap((text) => {
    const server = parseDnsServer(text);
    return server.ok ? [server.value] : [];
  });
}

/** DNS over UDP, and TCP where an answer is too long for it, with a cache that keeps what is and what is not. */
export function dnsResolver(options: DnsResolverOptions): Resolver {
  const lookup = cachedLookup(options);
  return {
    mx: async (domain) => {
      // RFC 6761 6.3: `localhost` is no name of the DNS; only the question for its address has an answer.
      if (isLocalhost(domain)) return { kind: "no-name" };
      return withValue(await lookup(domain, "MX"), mxRecords);
    },
    addresses: async (host) => {
      if (isLocalhost(host)) return { kind: "found", value: LOOPBACK, ttlSeconds: MAX_TTL_SECONDS };
      const [v6, v4] = await Promise.all([lookup(host, "AAAA"), lookup(host, "A")]);
      return bothVersions(withValue(v6, ipAddresses), withValue(v4, ipAddresses));
    },
  };
}

type RecordAnswer = DnsAnswer<readonly Answer[]>;
type RecordType = DnsQuestion["type"];

const LOOPBACK = ["::1", "127.0.0.1"].map(parseIp).filter((ip) => ip !== undefined);

function isLocalhost(name: Domain): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function cachedLookup(
  options: DnsResolverOptions,
): (name: string, type: RecordType) => Promise<RecordAnswer> {
  const cache = dnsCache<RecordAnswer>(MAX_CACHED, MAX_TTL_SECONDS);
  const running = new Map<string, Promise<RecordAnswer>>();
  const start = async (key: string, name: string, type: RecordType): Promise<RecordAnswer> => {
    const { answer, ttlSeconds } = await followAliases(options, name, type);
    cache.set(key, answer, ttlSeconds, options.clock());
    return answer;
  };
  return async (name, type) => {
    const key = `${type} ${name}`;
    const kept = cache.get(key, options.clock());
    if (kept)
      return kept.value.kind === "found" ? { ...kept.value, ttlSeconds: kept.ttlSeconds } : kept.value;
    // A burst of mail to one domain asks once.
    let lookup = running.get(key);
    if (!lookup) {
      lookup = start(key, name, type).finally(() => running.delete(key));
      running.set(key, lookup);
    }
    return lookup;
  };
}

interface Kept {
  readonly answer: RecordAnswer;
  /** How long the answer may be kept. */
  readonly ttlSeconds: number;
}

async function followAliases(options: DnsResolverOptions, name: string, type: RecordType): Promise<Kept> {
  let asked = name;
  let aliasTtl = Number.POSITIVE_INFINITY;
  for (let step = 0; step < LONGEST_ALIAS_CHAIN; step += 1) {
    const reading = await askServers(options, asked, type);
    if (reading.kind === "no-answer") return { answer: reading, ttlSeconds: 0 };
    const ttlSeconds = Math.min(aliasTtl, reading.ttlSeconds);
    switch (reading.kind) {
      case "records":
        return { answer: { kind: "found", value: reading.records, ttlSeconds }, ttlSeconds };
      case "no-name":
      case "no-data":
        return { answer: { kind: reading.kind }, ttlSeconds };
      case "alias":
        asked = reading.name;
        aliasTtl = ttlSeconds;
    }
  }
  return { answer: { kind: "no-answer", detail: `${name}: the aliases do not end` }, ttlSeconds: 0 };
}

type Answered = Extract<DnsReading, { ttlSeconds: number }>;
type NoAnswer = { readonly kind: "no-answer"; readonly detail: string };

async function askServers(
  options: DnsResolverOptions,
  name: string,
  type: RecordType,
): Promise<Answered | NoAnswer> {
  let detail = "no DNS server is configured";
  for (let round = 0; round < options.tries; round += 1) {
    for (const server of options.servers) {
      const question: DnsQuestion = { id: Math.floor(options.random() * 65_536), name, type };
      const reading = await askServer(options, server, question);
      if (reading.kind !== "no-answer") return reading;
      detail = reading.detail;
    }
  }
  return { kind: "no-answer", detail };
}

async function askServer(
  options: DnsResolverOptions,
  server: DnsServer,
  question: DnsQuestion,
): Promise<Answered | NoAnswer> {
  const exchange = {
    server,
    query: encodeQuestion(question),
    timeoutMs: options.timeoutMs,
    timers: options.timers,
    read: (packet: Buffer) => {
      const reading = readAnswer(packet, question);
      return reading.kind === "not-ours" ? undefined : reading;
    },
  };
  let answer = await askByUdp(exchange);
  if (answer.ok && answer.value.kind === "truncated") answer = await askByTcp(exchange);
  const no = (why: string): NoAnswer => ({
    kind: "no-answer",
    detail: `${question.name} ${question.type}: ${server.address} port ${server.port}: ${why}`,
  });
  if (!answer.ok) return no(answer.error);
  if (answer.value.kind === "refused") return no(answer.value.rcode);
  if (answer.value.kind === "truncated") return no("an answer cut short, also by TCP");
  return answer.value;
}

function withValue<T>(answer: RecordAnswer, read: (records: readonly Answer[]) => T): DnsAnswer<T> {
  return answer.kind === "found" ? { ...answer, value: read(answer.value) } : answer;
}

function mxRecords(records: readonly Answer[]): MxRecord[] {
  return records.flatMap((record) =>
    record.type === "MX"
      ? [{ preference: record.data.preference ?? 0, exchange: record.data.exchange.replace(/\.$/, "") }]
      : [],
  );
}

function ipAddresses(records: readonly Answer[]): IpAddress[] {
  return records.flatMap((record) => {
    const ip = record.type === "A" || record.type === "AAAA" ? parseIp(record.data) : undefined;
    return ip ? [ip] : [];
  });
}

function bothVersions(
  v6: DnsAnswer<readonly IpAddress[]>,
  v4: DnsAnswer<readonly IpAddress[]>,
): DnsAnswer<readonly IpAddress[]> {
  if (v6.kind === "found" && v4.kind === "found") {
    return {
      kind: "found",
      value: [...v6.value, ...v4.value],
      ttlSeconds: Math.min(v6.ttlSeconds, v4.ttlSeconds),
    };
  }
  if (v6.kind === "found") return v6;
  if (v4.kind === "found") return v4;
  // One unanswered half may hold the address: nothing is known then.
  if (v6.kind === "no-answer") return v6;
  if (v4.kind === "no-answer") return v4;
  return v6.kind === "no-name" && v4.kind === "no-name" ? v6 : { kind: "no-data" };
}
