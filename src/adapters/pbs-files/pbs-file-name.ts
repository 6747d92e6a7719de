import { type IpAddress, parseIp } from "../../core/ip-address.ts";

const SUFFIX = ".pbs";

/** The name of the file that stands for an address: its canonical text with `-` for `:`, and `.pbs`. */
export function pbsFileName(client: IpAddress): string {
  return client.text.replaceAll(":", "-") + SUFFIX;
}

/**
 * The address that a file name stands for. Only the one name that {@link pbsFileName} makes counts (IPv6 as RFC 5952
 * writes it), since a grant is looked up by its name: another spelling would be listed but never found.
 * @returns `undefined` where the name is no such name.
 */
export function parsePbsFileName(name: string): IpAddress | undefined {
  if (!name.endsWith(SUFFIX)) return undefined;
  const client = parseIp(name.slice(0, -SUFFIX.length).replaceAll("-", ":"));
  return client && pbsFileName(client) === name ? client : undefined;
}
