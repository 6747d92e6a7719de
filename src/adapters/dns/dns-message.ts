import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from "dns-packet";

/** What is asked: a question of class IN. */
export interface DnsQuestion {
  /** Unpredictable, 16 bits: together with the source port it is what keeps forged answers out (RFC 5452). */
  readonly id: number;
  readonly name: string;
  readonly type: "A" | "AAAA" | "MX";
}

/** What a packet says to a question. `ttlSeconds` is how long it may be kept; 0: not at all. */
export type DnsReading =
  /** Garbage, or the answer to something else: go on waiting. */
  | { readonly kind: "not-ours" }
  /** Too long for UDP: ask again by TCP. */
  | { readonly kind: "truncated" }
  /** The server could or would not answer: `SERVFAIL`, `REFUSED`, … */
  | { readonly kind: "refused"; readonly rcode: string }
  | { readonly kind: "records"; readonly records: readonly Answer[]; readonly ttlSeconds: number }
  /** The name is another's alias, and the other's records are not in the packet. */
  | { readonly kind: "alias"; readonly name: string; readonly ttlSeconds: number }
  | { readonly kind: "no-name" | "no-data"; readonly ttlSeconds: number };

/** RFC 6891 6.2.5, and what passes every network unfragmented (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1232;
const LONGEST_ALIAS_CHAIN = 8;

/** Writes a question as a packet, with EDNS0. */
export function encodeQuestion(question: DnsQuestion): Buffer {
  return encode({
    type: "query",
    id: question.id,
    flags: RECURSION_DESIRED,
    questions: [{ type: question.type, class: "IN", name: question.name }],
    additionals: [
      {
        type: "OPT",
        name: ".",
        udpPayloadSize: UDP_PAYLOAD_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

/** Reads a packet as the answer to `question`. Never throws: a packet that cannot be read is not ours. */
export function readAnswer(bytes: Buffer, question: DnsQuestion): DnsReading {
  let packet: DecodedPacket;
  try {
    packet = decode(bytes);
  } catch {
    return { kind: "not-ours" };
  }
  if (!answers(packet, question)) return { kind: "not-ours" };
  if (packet.flag_tc) return { kind: "truncated" };
  const code = (packet.flags ?? 0) & 15;
  if (code !== NO_ERROR && code !== NAME_ERROR)
    return { kind: "refused", rcode: RCODES[code] ?? `RCODE ${code}` };
  return readRecords(packet, question, code === NAME_ERROR);
}

const NO_ERROR = 0;
const NAME_ERROR = 3;
const RCODES: Readonly<Record<number, string>> = { 1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED" };

function answers(packet: DecodedPacket, question: DnsQuestion): boolean {
  const asked = packet.questions?.[0];
  return (
    packet.flag_qr &&
    packet.id === question.id &&
    packet.questions?.length === 1 &&
    asked?.type === question.type &&
    sameName(asked.name, question.name)
  );
}

function readRecords(packet: DecodedPacket, question: DnsQuestion, noSuchName: boolean): DnsReading {
  const records = packet.answers ?? [];
  let name = question.name;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let step = 0; step < LONGEST_ALIAS_CHAIN; step += 1) {
    const own = records.filter((record) => record.type === question.type && sameName(record.name, name));
    if (own.length > 0) {
      return { kind: "records", records: own, ttlSeconds: Math.min(ttlSeconds, ...own.map(ttlOf)) };
    }
    const alias = records.find((record) => record.type === "CNAME" && sameName(record.name, name));
    if (alias?.type !== "CNAME") break;
    name = alias.data;
    ttlSeconds = Math.min(ttlSeconds, ttlOf(alias));
  }
  // RFC 2308 2.1: NXDOMAIN beside a CNAME speaks of the last name of the chain, which is the one that counts here.
  if (noSuchName) return { kind: "no-name", ttlSeconds: negativeTtl(packet) };
  if (sameName(name, question.name)) return { kind: "no-data", ttlSeconds: negativeTtl(packet) };
  return { kind: "alias", name, ttlSeconds };
}

/** RFC 2308 5: the lesser of the SOA's own TTL and its minimum; without a SOA nothing is kept. */
function negativeTtl(packet: DecodedPacket): number {
  const soa = packet.authorities?.find((record) => record.type === "SOA");
  return soa?.type === "SOA" ? Math.min(ttlOf(soa), soa.data.minimum ?? 0) : 0;
}

function ttlOf(record: Answer): number {
  return "ttl" in record ? (record.ttl ?? 0) : 0;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
