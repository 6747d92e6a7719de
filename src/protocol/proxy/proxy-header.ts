import { fromBytes, type IpAddress, parseIp } from "../../core/ip-address.ts";

/** The client that a proxy speaks for. */
export type ProxySource =
  | { readonly kind: "proxied"; readonly ip: IpAddress; readonly port: number }
  /** The proxy speaks for itself (a health check), or for a client without an IP address. */
  | { readonly kind: "local" };

/** What stands at the start of a connection from a proxy. */
export type ProxyHeader =
  | { readonly state: "incomplete" }
  /** No header, or a wrong one: the connection must be dropped. `detail` is for the log. */
  | { readonly state: "invalid"; readonly detail: string }
  /** `length`: octets of the header; what follows is the client's. */
  | { readonly state: "ok"; readonly length: number; readonly source: ProxySource };

const V1_START = Buffer.from("PROXY ");
// "The maximum line lengths the receiver must support including the CRLF": 107 for IPv6 (PROXY protocol 2.1).
const V1_MAX_BYTES = 107;
const V2_SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n");
const V2_FIXED_BYTES = 16;
// Addresses and TLVs. What the specification calls always deliverable: it fits one segment of the smallest MSS.
const V2_MAX_PAYLOAD_BYTES = 536;

/**
 * Reads a PROXY protocol header, version 1 or 2, at the start of what a proxy has sent so far. Only for connections
 * from sources that are listed as trusted: anybody can write such a header.
 */
export function readProxyHeader(buffer: Buffer): ProxyHeader {
  if (startsLike(buffer, V2_SIGNATURE)) {
    return buffer.length < V2_FIXED_BYTES ? { state: "incomplete" } : readV2(buffer);
  }
  if (startsLike(buffer, V1_START)) return readV1(buffer);
  return invalid("the connection does not begin with a PROXY header");
}

/** Whether the buffer begins with the text, as far as either goes. */
function startsLike(buffer: Buffer, start: Buffer): boolean {
  const length = Math.min(buffer.length, start.length);
  return buffer.compare(start, 0, length, 0, length) === 0;
}

function readV1(buffer: Buffer): ProxyHeader {
  const lf = buffer.subarray(0, V1_MAX_BYTES).indexOf(0x0a);
  if (lf < 0) {
    return buffer.length < V1_MAX_BYTES
      ? { state: "incomplete" }
      : invalid(`a version 1 header has at most ${V1_MAX_BYTES} octets`);
  }
  const line = buffer.toString("latin1", 0, lf + 1);
  if (!/^[ -~]*\r\n$/.test(line)) return invalid("a version 1 header is one line of ASCII that ends in CRLF");
  const length = lf + 1;
  const [, family, source = "", destination = "", sourcePort = "", destinationPort = "", ...more] = line
    .slice(0, -2)
    .split(" ");
  // The rest of an UNKNOWN line must be ignored (2.1).
  if (family === "UNKNOWN") return { state: "ok", length, source: { kind: "local" } };
  if ((family !== "TCP4" && family !== "TCP6") || more.length > 0) {
    return invalid("a version 1 header is PROXY TCP4|TCP6|UNKNOWN, two addresses and two ports");
  }
  const ip = ipOf(family, source);
  const port = portOf(sourcePort);
  if (!ip || !ipOf(family, destination))
    return invalid(`a version 1 header for ${family} has other addresses`);
  if (port === undefined || portOf(destinationPort) === undefined) return invalid("a port is not 0 to 65535");
  return { state: "ok", length, source: { kind: "proxied", ip, port } };
}

function ipOf(family: "TCP4" | "TCP6", text: string): IpAddress | undefined {
  // By the text, since an IPv4-mapped IPv6 address reads as version 4.
  return text.includes(":") === (family === "TCP6") ? parseIp(text) : undefined;
}

function portOf(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** Section 2.2, after the signature: version and command, family and protocol, length, addresses, TLVs. */
function readV2(buffer: Buffer): ProxyHeader {
  const command = buffer.readUInt8(12);
  const family = buffer.readUInt8(13);
  const payloadBytes = buffer.readUInt16BE(14);
  if (command !== 0x20 && command !== 0x21) return invalid("a version 2 header is either LOCAL or PROXY");
  if (payloadBytes > V2_MAX_PAYLOAD_BYTES) {
    return invalid(`a version 2 header has at most ${V2_MAX_PAYLOAD_BYTES} octets after the fixed part`);
  }
  const length = V2_FIXED_BYTES + payloadBytes;
  if (buffer.length < length) return { state: "incomplete" };
  // LOCAL: whatever the block holds is discarded, its family too.
  if (command === 0x20) return { state: "ok", length, source: { kind: "local" } };
  const source = v2Source(family, buffer.subarray(V2_FIXED_BYTES, length));
  return source
    ? { state: "ok", length, source }
    : invalid("the addresses of a version 2 header are not valid");
}

/** `undefined` where the family is none, or the addresses do not fit into the block. */
function v2Source(family: number, block: Buffer): ProxySource | undefined {
  switch (family) {
    case 0x11:
      return block.length < 12
        ? undefined
        : { kind: "proxied", ip: fromBytes(block.subarray(0, 4)), port: block.readUInt16BE(8) };
    case 0x21:
      return block.length < 36
        ? undefined
        : { kind: "proxied", ip: fromBytes(block.subarray(0, 16)), port: block.readUInt16BE(32) };
    // Unspecified, UDP over IPv4 and IPv6, Unix sockets: valid, but no TCP client's address.
    case 0x00:
    case 0x12:
    case 0x22:
    case 0x31:
    case 0x32:
      return { kind: "local" };
    default:
      return undefined;
  }
}

function invalid(detail: string): ProxyHeader {
  return { state: "invalid", detail };
}
