import type { IpAddress } from "../core/ip-address.ts";
import { toPrefixes } from "../core/ip-range.ts";
import type { PrivilegedEntry } from "./policy.ts";

/**
 * Finds the privileged entries that hold an address, the narrowest first, in time that depends on the length of an
 * address and not on the number of entries. A path-compressed binary trie (Morrison 1968, PATRICIA), one per version.
 */
export interface PrivilegedIndex {
  /** The entries that hold the address: longest prefix first, then lower id first. */
  find(ip: IpAddress): readonly PrivilegedEntry[];
}

/** All that a step down the trie looks at lies in one object: in a long list each further one is a miss of the cache. */
interface Node {
  /** The prefix's 32-bit words as signed numbers, which need no object of their own; IPv4 has the first only. */
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
  readonly bits: number;
  entries: readonly PrivilegedEntry[];
  zero: Node | undefined;
  one: Node | undefined;
}

const NONE: readonly PrivilegedEntry[] = [];

/** Builds the index. The order of the entries has no influence on any answer. */
export function privilegedIndex(entries: readonly PrivilegedEntry[]): PrivilegedIndex {
  const roots: { 4: Node | undefined; 6: Node | undefined } = { 4: undefined, 6: undefined };
  for (const entry of entries) {
    for (const { base, bits } of toPrefixes(entry.range)) {
      roots[base.version] = insert(roots[base.version], nodeOf(base, bits, [entry]));
    }
  }
  return { find: (ip) => find(roots[ip.version], ip) };
}

function find(root: Node | undefined, ip: IpAddress): readonly PrivilegedEntry[] {
  let found: readonly PrivilegedEntry[] | undefined;
  const address = nodeOf(ip, ip.words.length * 32, NONE);
  let node = root;
  while (node && sharedBits(node, address, node.bits) === node.bits) {
    if (node.entries.length > 0) found = found ? [...node.entries, ...found] : node.entries;
    if (node.bits >= address.bits) break;
    node = bitAt(address, node.bits) ? node.one : node.zero;
  }
  return found ?? NONE;
}

function insert(node: Node | undefined, added: Node): Node {
  if (!node) return added;
  const shared = sharedBits(node, added, Math.min(node.bits, added.bits));
  if (shared < node.bits) {
    const above = shared === added.bits ? added : { ...added, bits: shared, entries: NONE };
    attach(above, node, bitAt(node, shared));
    if (shared < added.bits) attach(above, added, bitAt(added, shared));
    return above;
  }
  if (added.bits === node.bits) {
    // One entry may hold a prefix once only, and ties must not depend on the order of insertion.
    node.entries = [...node.entries, ...added.entries].sort((a, b) => a.id - b.id);
    return node;
  }
  const bit = bitAt(added, node.bits);
  attach(node, insert(bit ? node.one : node.zero, added), bit);
  return node;
}

function nodeOf({ words }: IpAddress, bits: number, entries: readonly PrivilegedEntry[]): Node {
  const [word0 = 0, word1 = 0, word2 = 0, word3 = 0] = words;
  return {
    word0: word0 | 0,
    word1: word1 | 0,
    word2: word2 | 0,
    word3: word3 | 0,
    bits,
    entries,
    zero: undefined,
    one: undefined,
  };
}

function attach(parent: Node, child: Node, bit: boolean): void {
  if (bit) parent.one = child;
  else parent.zero = child;
}

/** How many leading bits two prefixes of one version share, at most `limit`. */
function sharedBits(a: Node, b: Node, limit: number): number {
  const first = a.word0 ^ b.word0;
  if (first !== 0) return Math.min(limit, Math.clz32(first));
  if (limit <= 32) return limit;
  const second = a.word1 ^ b.word1;
  if (second !== 0) return Math.min(limit, 32 + Math.clz32(second));
  const third = a.word2 ^ b.word2;
  if (third !== 0) return Math.min(limit, 64 + Math.clz32(third));
  return Math.min(limit, 96 + Math.clz32(a.word3 ^ b.word3));
}

function bitAt(node: Node, index: number): boolean {
  return ((wordAt(node, index >>> 5) >>> (31 - (index & 31))) & 1) === 1;
}

function wordAt({ word0, word1, word2, word3 }: Node, index: number): number {
  if (index === 0) return word0;
  if (index === 1) return word1;
  return index === 2 ? word2 : word3;
}
