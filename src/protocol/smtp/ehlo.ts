/** What another server offers, from its reply to EHLO. */
export interface PeerCapabilities {
  /** RFC 1870: octets it takes; infinite where it names no limit; absent where it does not offer SIZE. */
  readonly size?: number;
  readonly pipelining: boolean;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly startTls: boolean;
  readonly dsn: boolean;
  readonly chunking: boolean;
  readonly enhancedStatusCodes: boolean;
  /** SASL mechanisms in capitals, in the peer's order; empty where it offers no AUTH. */
  readonly auth: readonly string[];
}

/**
 * Reads the texts of an EHLO reply; the first holds the peer's name and is passed over (RFC 5321 4.1.1.1). What is not
 * understood is not offered.
 */
export function ehloCapabilities(lines: readonly string[]): PeerCapabilities {
  const keywords = new Map<string, readonly string[]>();
  const auth = new Set<string>();
  for (const line of lines.slice(1)) {
    // `AUTH=LOGIN PLAIN` is how servers wrote it before RFC 2554.
    const [keyword = "", ...params] = line
      .toUpperCase()
      .replace(/^AUTH=/, "AUTH ")
      .trim()
      .split(/ +/);
    keywords.set(keyword, params);
    if (keyword === "AUTH") for (const name of params) if (/^[A-Z0-9_-]{1,20}$/.test(name)) auth.add(name);
  }
  const size = sizeLimit(keywords.get("SIZE"));
  return {
    ...(size === undefined ? {} : { size }),
    pipelining: keywords.has("PIPELINING"),
    eightBitMime: keywords.has("8BITMIME"),
    smtpUtf8: keywords.has("SMTPUTF8"),
    startTls: keywords.has("STARTTLS"),
    dsn: keywords.has("DSN"),
    chunking: keywords.has("CHUNKING"),
    enhancedStatusCodes: keywords.has("ENHANCEDSTATUSCODES"),
    auth: [...auth],
  };
}

/** RFC 1870 5: no number, or 0, is no limit. */
function sizeLimit(params: readonly string[] | undefined): number | undefined {
  if (params === undefined) return undefined;
  const octets = /^\d{1,20}$/.test(params[0] ?? "") ? Number(params[0]) : 0;
  return octets === 0 ? Number.POSITIVE_INFINITY : octets;
}
