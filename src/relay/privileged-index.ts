import type { IpAddress } from "../core/ip-address.ts";
import { type IpPrefix, toPrefixes } from "../core/ip-range.ts";
import type { PrivilegedEntry } from "./policy.ts";

/**
 * Finds the privileged entries that hold an address, the narrowest first, in time that depends on the length of an
 * address and not on the number of entries. A path-compressed binary trie (Morrison 1968, PATRICIA), one per version.
 */
export interface PrivilegedIndex {
  /** The entries that hold the address: longest prefix first, then lower id first. */
  find(ip: IpAddress): readonly PrivilegedEntry[];
}

interface Node {
  readonly prefix: IpPrefix;
  entries: PrivilegedEntry[];
  zero: Node | undefined;
  one: Node | undefined;
}

const NONE: readonly PrivilegedEntry[] = [];

/** Builds the index. The order of the entries has no influence on any answer. */
export function privilegedIndex(entries: readonly PrivilegedEntry[]): PrivilegedIndex {
  const roots: { 4: Node | undefined; 6: Node | undefined } = { 4: undefined, 6: undefined };
  for (const entry of entries) {
    for (const prefix of toPrefixes(entry.range)) {
      roots[prefix.base.version] = insert(roots[prefix.base.version], prefix, entry);
    }
  }
  return { find: (ip) => find(roots[ip.version], ip) };
}

function find(root: Node | undefined, ip: IpAddress): readonly PrivilegedEntry[] {
  let found: PrivilegedEntry[] | undefined;
  let node = root;
  while (node && sharedBits(node.prefix.base, ip, node.prefix.bits) === node.prefix.bits) {
    if (node.entries.length > 0) found = found ? [...node.entries, ...found] : node.entries;
    if (node.prefix.bits >= ip.words.length * 32) break;
    node = bitAt(ip, node.prefix.bits) ? node.one : node.zero;
  }
  return found ?? NONE;
}

function insert(node: Node | undefined, prefix: IpPrefix, entry: PrivilegedEntry): Node {
  if (!node) return leaf(prefix, entry);
  const shared = sharedBits(node.prefix.base, prefix.base, Math.min(node.prefix.bits, prefix.bits));
  if (shared < node.prefix.bits) {
    const above = shared === prefix.bits ? leaf(prefix, entry) : branch({ base: prefix.base, bits: shared });
    attach(above, node, bitAt(node.prefix.base, shared));
    if (shared < prefix.bits) attach(above, leaf(prefix, entry), bitAt(prefix.base, shared));
    return above;
  }
  if (prefix.bits === node.prefix.bits) {
    // One entry may hold a prefix once only, and ties must not depend on the order of insertion.
    node.entries = [...node.entries, entry].sort((a, b) => a.id - b.id);
    return node;
  }
  const bit = bitAt(prefix.base, node.prefix.bits);
  attach(node, insert(bit ? node.one : node.zero, prefix, entry), bit);
  return node;
}

function leaf(prefix: IpPrefix, entry: PrivilegedEntry): Node {
  return { prefix, entries: [entry], zero: undefined, one: undefined };
}

function branch(prefix: IpPrefix): Node {
  return { prefix, entries: [], zero: undefined, one: undefined };
}

function attach(parent: Node, child: Node, bit: boolean): void {
  if (bit) parent.one = child;
  else parent.zero = child;
}

/** How many leading bits two addresses of one version share, at most `limit`. */
function sharedBits(a: IpAddress, b: IpAddress, limit: number): number {
  for (let i = 0, bits = 0; bits < limit; i += 1, bits += 32) {
    const difference = ((a.words[i] ?? 0) ^ (b.words[i] ?? 0)) >>> 0;
    if (difference !== 0) return Math.min(limit, bits + Math.clz32(difference));
  }
  return limit;
}

function bitAt(ip: IpAddress, index: number): boolean {
  return (((ip.words[index >>> 5] ?? 0) >>> (31 - (index & 31))) & 1) === 1;
}
