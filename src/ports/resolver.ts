import type { Domain } from "../core/domain.ts";
import type { IpAddress } from "../core/ip-address.ts";

/**
 * DNS for outbound mail. *No such name*, *no such record* and *no answer* are three things: the first two are facts, the
 * last is none and must never turn into a bounce.
 */
export interface Resolver {
  mx(domain: Domain): Promise<DnsAnswer<readonly MxRecord[]>>;
  /** A and AAAA together, IPv6 first. */
  addresses(host: Domain): Promise<DnsAnswer<readonly IpAddress[]>>;
}

export interface MxRecord {
  readonly preference: number;
  /** Empty for the root, which is the null MX (RFC 7505). */
  readonly exchange: string;
}

export type DnsAnswer<T> =
  | { readonly kind: "found"; readonly value: T; readonly ttlSeconds: number }
  | { readonly kind: "no-name" }
  | { readonly kind: "no-data" }
  | { readonly kind: "no-answer"; readonly detail: string };
